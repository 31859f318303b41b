internal import SPACapture
internal import SPAChannel
internal import SPAFirewall
internal import SPANet
internal import SPAPrivilege
internal import SPASystem

/// The steps from a root process with nothing but three sockets to the running helper, in their order.
enum HelperStart {
    /// Waits for the setup and the first complete settings.
    static func receiveSettings(_ link: SupervisorLink) throws(HelperFailure) -> (HelperSetup, GrantDesk) {
        var setup: HelperSetup?
        var desk = GrantDesk()
        var poller = Poller()
        while true {
            switch link.next() {
            case .ended: throw HelperFailure(reason: nil)
            case .none:
                poller.removeAll()
                poller.add(link.pollable, .readable)
                _ = try HelperFailure.wrap { () throws(SystemError) in try poller.wait(milliseconds: nil) }
            case .order(.setup(let received)) where setup == nil: setup = received
            case .order(.begin(let generation, let limits)):
                desk.limits.begin(generation: generation, limits: limits)
            case .order(.stanza(let stanza)):
                guard desk.limits.add(stanza) else { throw HelperFailure(reason: "settings out of order") }
            case .order(.commit(let generation)):
                guard let setup, desk.limits.commit(generation: generation) else {
                    throw HelperFailure(reason: "settings out of order")
                }
                return (setup, desk)
            case .order(.stop): throw HelperFailure(reason: nil)
            case .order: throw HelperFailure(reason: "settings out of order")
            }
        }
    }

    static func openCapture(
        _ setup: HelperSetup, worker: consuming MessageSocket
    ) throws(HelperFailure) -> FrameForwarder {
        do throws(SystemError) {
            let capture = try Capture(filter: setup.captureFilter, packetSize: setup.snapLength)
            return FrameForwarder(worker: worker, capture: capture, packetSize: setup.snapLength)
        } catch {
            throw HelperFailure(reason: "cannot capture: \(error)")
        }
    }

    /// Binds the capture to its interface, which may be missing yet, and tells how it stands.
    static func followInterface(
        _ setup: HelperSetup, _ forwarder: FrameForwarder, _ link: SupervisorLink
    ) throws(HelperFailure) -> InterfaceKeeper {
        let keeper = try InterfaceKeeper(interface: setup.interface, promiscuous: setup.promiscuous)
        let event = try forwarder.withCapture { (capture) throws(HelperFailure) in
            try keeper.begin(capture, at: BootClock.now())
        }
        if let event { link.send(event) }
        return keeper
    }

    static func confine(_ setup: HelperSetup, _ link: SupervisorLink) throws(HelperFailure) -> Confined {
        guard let identity = Identity(user: setup.uid, group: setup.gid) else {
            throw HelperFailure(reason: "refusing to run as root")
        }
        do throws(ConfinementError) {
            let confined = try Privileged().confine(
                .helper, as: identity, lacking: ConfinementLayer.layers(setup.lacking))
            for layer in confined.missing {
                link.send(.message(.warning, "spad-helper runs without the layer \(layer.rawValue)"))
            }
            return confined
        } catch {
            throw HelperFailure(reason: "spad-helper: \(error)")
        }
    }

    static func prepareFirewall(
        _ setup: HelperSetup, _ guarded: [Service], _ link: SupervisorLink
    ) throws(HelperFailure) -> FirewallKeeper {
        let keeper = FirewallKeeper(
            tools: FirewallTools(program: setup.firewallProgram),
            plan: ChainPlan(
                chain: setup.chain, parent: setup.parentChain, jumpPosition: setup.jumpPosition))
        do throws(FirewallKeeper.Failure) {
            let (table, removed) = try keeper.prepare(flush: setup.flushesAtStart)
            if removed > 0 {
                link.send(
                    .message(.notice, "Removed \(removed) rules of an earlier life from \(setup.chain)"))
            }
            let warnings = StartWarnings(
                interface: setup.interface, knockPort: setup.knockPort, parent: setup.parentChain,
                jumpPosition: Int(setup.jumpPosition), guarded: guarded)
            for line in warnings.lines(table: table, table6: ipv6Table(setup), ownChain: setup.chain) {
                link.send(.message(.warning, line))
            }
        } catch {
            // The old iptables keeps its lock in a file of root's.
            let hint =
                error.reason.contains("xtables.lock")
                ? "; legacy iptables is known, not supported yet: set FIREWALL_EXE to /usr/sbin/iptables-nft"
                : ""
            throw HelperFailure(reason: "firewall: \(error.reason)\(hint)")
        }
        return keeper
    }

    /// The IPv6 filter table where the host has an IPv6 address beyond loopback.
    private static func ipv6Table(_ setup: HelperSetup) -> TableListing? {
        guard let sibling = FirewallTools.ipv6Sibling(of: setup.firewallProgram) else { return nil }
        do throws(SystemError) {
            let hasIPv6 = try NetworkInterfaces.networks().contains {
                if case .v6(let address) = $0.address { address.scope != .loopback } else { false }
            }
            guard hasIPv6 else { return nil }
        } catch {
            return nil
        }
        let keeper = FirewallKeeper(
            tools: FirewallTools(program: sibling),
            plan: ChainPlan(chain: setup.chain, parent: setup.parentChain, jumpPosition: 1))
        do throws(FirewallKeeper.Failure) { return try keeper.look() } catch { return nil }
    }
}
