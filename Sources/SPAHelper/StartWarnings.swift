internal import SPAChannel
internal import SPAFirewall
internal import SPANet

/// What an administrator should know about the firewall before trusting it with a hidden door.
struct StartWarnings {
    let interface: String
    let knockPort: UInt16
    /// The chain that jumps to ours, and where the jump is put when it is missing.
    let parent: String, jumpPosition: Int

    /// - Parameters:
    ///   - table6: the IPv6 table, or nil where the host has no IPv6.
    ///   - guarded: services that some stanza can open.
    func lines(
        table: TableListing, table6: TableListing?, ownChain: String, guarded: [Service]
    ) -> [String] {
        let audit = FirewallAudit(table, ownChain: ownChain)
        var lines: [String] = []
        for service in guarded {
            lines += hidden(service, audit)
            lines += reached(service, audit, ownChain)
            lines += stays(service, audit)
            if let table6 {
                lines += hiddenOverIPv6(service, audit, FirewallAudit(table6, ownChain: ownChain))
            }
        }
        return lines + knock(audit)
    }

    init(_ setup: HelperSetup) {
        self.init(
            interface: setup.interface, knockPort: setup.knockPort, parent: setup.parentChain,
            jumpPosition: Int(setup.jumpPosition))
    }

    init(interface: String, knockPort: UInt16, parent: String, jumpPosition: Int) {
        (self.interface, self.knockPort) = (interface, knockPort)
        (self.parent, self.jumpPosition) = (parent, jumpPosition)
    }

    private func probe(_ kind: AuditProbe.Kind) -> AuditProbe { AuditProbe(kind, interface: interface) }

    private func hidden(_ service: Service, _ audit: FirewallAudit) -> [String] {
        switch audit.verdict(probe(.new(service))) {
        case .accepted:
            ["\(service) is open to everybody: no rule drops it; hide it with: iptables -P INPUT DROP"]
        case .rejected:
            [
                "\(service) is refused visibly: a scanner sees that this host exists; use DROP instead of REJECT"
            ]
        case .dropped, .unknown: []
        }
    }

    private func reached(_ service: Service, _ audit: FirewallAudit, _ ownChain: String) -> [String] {
        guard audit.isCutOff(probe(.new(service)), parent: parent, position: jumpPosition) else { return [] }
        return [
            "no knock can open \(service): a rule of \(parent) drops it before the jump to \(ownChain); move the jump"
                + " up: iptables -D \(parent) -j \(ownChain); iptables -I \(parent) 1 -j \(ownChain)"
        ]
    }

    private func stays(_ service: Service, _ audit: FirewallAudit) -> [String] {
        guard audit.verdict(probe(.new(service))) != .accepted else { return [] }
        switch audit.verdict(probe(.established(service))) {
        case .dropped, .rejected:
            return [
                "no rule accepts ESTABLISHED connections before \(service) is dropped: sessions will hang when their"
                    + " grant ends; add: iptables -I INPUT 2 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
            ]
        case .accepted, .unknown: return []
        }
    }

    private func hiddenOverIPv6(
        _ service: Service, _ audit: FirewallAudit, _ audit6: FirewallAudit
    ) -> [String] {
        guard audit.verdict(probe(.new(service))) == .dropped,
            audit6.verdict(probe(.new(service))) == .accepted
        else { return [] }
        return [
            "\(service) is hidden over IPv4 but open over IPv6; drop it there too: ip6tables -P INPUT DROP"
        ]
    }

    private func knock(_ audit: FirewallAudit) -> [String] {
        guard let service = Service(.udp, port: knockPort) else { return [] }
        switch audit.verdict(probe(.new(service))) {
        case .rejected:
            return [
                "the firewall answers packets to \(service) (REJECT): knocking is visible; use DROP for it"
            ]
        case .accepted:
            return [
                "the firewall lets \(service) through: the kernel answers with ICMP port unreachable, so knocking is"
                    + " visible; drop it, the knock is seen all the same"
            ]
        case .dropped, .unknown: return []
        }
    }
}
