internal import SPAChannel
internal import SPAFirewall
internal import SPANet
internal import SPASystem

/// What an administrator should know about the firewall before trusting it with a hidden door: one family's table.
struct StartWarnings {
    private let setup: HelperSetup
    /// The tool of this family, for commands to copy.
    private let tool: String
    /// Behind what is said of a service; empty for IPv4.
    private let family: String

    init(_ setup: HelperSetup, _ family: AddressFamily) {
        self.setup = setup
        (tool, self.family) = family == .v6 ? ("ip6tables", " over IPv6") : ("iptables", "")
    }

    /// - Parameter guarded: services that some stanza can open.
    func lines(_ table: TableListing, ownChain: String, guarded: [Service]) -> [String] {
        let audit = FirewallAudit(table, ownChain: ownChain)
        var lines: [String] = []
        for service in guarded {
            lines += hidden(service, audit)
            lines += reached(service, audit, ownChain)
            lines += stays(service, audit)
        }
        return lines + knock(audit)
    }

    /// What is to be said where no door is opened in this family: which services are no secret there.
    func open(_ table: TableListing, ownChain: String, guarded: [Service]) -> [String] {
        let audit = FirewallAudit(table, ownChain: ownChain)
        return guarded.filter { audit.verdict(probe(.new($0))) == .accepted }.flatMap { hidden($0, audit) }
    }

    private func probe(_ kind: AuditProbe.Kind) -> AuditProbe {
        AuditProbe(kind, interface: setup.interface)
    }

    private func hidden(_ service: Service, _ audit: FirewallAudit) -> [String] {
        switch audit.verdict(probe(.new(service))) {
        case .accepted:
            [
                "\(service) is open to everybody\(family): no rule drops it; hide it with: \(tool) -P INPUT DROP"
            ]
        case .rejected:
            [
                "\(service) is refused visibly\(family): a scanner sees that this host exists; use DROP instead of REJECT"
            ]
        case .dropped, .unknown: []
        }
    }

    private func reached(_ service: Service, _ audit: FirewallAudit, _ ownChain: String) -> [String] {
        let (parent, position) = (setup.parentChain, Int(setup.jumpPosition))
        guard audit.isCutOff(probe(.new(service)), parent: parent, position: position) else { return [] }
        return [
            "no knock can open \(service)\(family): a rule of \(parent) drops it before the jump to \(ownChain); move"
                + " the jump up: \(tool) -D \(parent) -j \(ownChain); \(tool) -I \(parent) 1 -j \(ownChain)"
        ]
    }

    private func stays(_ service: Service, _ audit: FirewallAudit) -> [String] {
        guard audit.verdict(probe(.new(service))) != .accepted else { return [] }
        switch audit.verdict(probe(.established(service))) {
        case .dropped, .rejected:
            return [
                "no rule accepts ESTABLISHED connections before \(service) is dropped\(family): sessions will hang when"
                    + " their grant ends; add: \(tool) -I INPUT 2 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
            ]
        case .accepted, .unknown: return []
        }
    }

    private func knock(_ audit: FirewallAudit) -> [String] {
        let transports: [Transport] = setup.takesSyn ? [.udp, .tcp] : [.udp]
        return transports.compactMap { Service($0, port: setup.knockPort) }.flatMap { answer(to: $0, audit) }
    }

    private func answer(to service: Service, _ audit: FirewallAudit) -> [String] {
        switch audit.verdict(probe(.new(service))) {
        case .rejected:
            return [
                "the firewall answers packets to \(service)\(family) (REJECT): knocking is visible; use DROP for it"
            ]
        case .accepted:
            let answer = service.transport == .udp ? "ICMP port unreachable" : "RST"
            return [
                "the firewall lets \(service) through\(family): the kernel answers with \(answer), so knocking is"
                    + " visible; drop it, the knock is seen all the same"
            ]
        case .dropped, .unknown: return []
        }
    }
}
