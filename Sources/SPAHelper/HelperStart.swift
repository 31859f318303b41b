internal import SPACapture
internal import SPAChannel
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
            // At one interface the first hears both families.
            let needsSecond = setup.opensIPv6 && setup.interface == InterfaceKeeper.everywhere
            let second =
                needsSecond ? try Capture(filter: setup.captureFilter, packetSize: setup.snapLength) : nil
            try second?.bind(to: .everywhere(.v6), promiscuous: false)
            return FrameForwarder(
                worker: worker, capture: capture, second: second, packetSize: setup.snapLength)
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

    /// Opens the way to see who connects, which stays unused until a prefix is opened; nil where there is none.
    ///
    /// - Throws: ``HelperFailure`` where a stanza wants prefixes and there is none.
    static func openConnections(_ limits: GrantLimits) throws(HelperFailure) -> ConnectionFollower? {
        var reason = ConnectionFollower.deafness
        do throws(SystemError) {
            let follower = ConnectionFollower(try ConnectionWatch())
            if !limits.wantPrefixes || follower.works { return follower }
        } catch {
            if !limits.wantPrefixes { return nil }
            reason = "\(error)"
        }
        throw HelperFailure(reason: "GRANT_PREFIX: \(reason)")
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

    /// While it is possible: the file is root's. Whether it is needed shows later; nil where it cannot be had.
    static func openXtablesLock() -> XtablesLock? {
        do throws(SystemError) { return try XtablesLock() } catch { return nil }
    }

    /// The keeper of the IPv4 firewall, which has not begun.
    ///
    /// - Throws: ``HelperFailure`` where FIREWALL_EXE cannot be executed. A tool that fails or hangs is waited for instead.
    static func firewallKeeper(
        _ setup: HelperSetup, _ limits: GrantLimits, _ lock: XtablesLock?
    ) throws(HelperFailure) -> FirewallKeeper {
        let tools = FirewallTools(program: setup.firewallProgram, family: .v4)
        guard tools.missing.isEmpty else {
            throw HelperFailure(
                reason:
                    "firewall: \(tools.missing.joined(separator: ", ")): not there, or not to be executed by spad-helper;"
                    + " see FIREWALL_EXE")
        }
        return keeper(tools, setup, limits, lock)
    }

    /// The keeper of the IPv6 firewall, which has not begun; nil where there is none, and then in words why. Where IPv6 is not
    /// to be opened, it only looks.
    ///
    /// Whatever it lacks is no reason to end: IPv4 goes on without it.
    static func ipv6Keeper(
        _ setup: HelperSetup, _ limits: GrantLimits, _ lock: XtablesLock?
    ) -> (FirewallKeeper?, notice: String?) {
        // A host has its loopback address long before a router has told it another one.
        guard hasIPv6(beyondLoopback: !setup.opensIPv6) else { return (nil, "this host has no IPv6") }
        guard let program = FirewallTools.ipv6Sibling(of: setup.firewallProgram) else {
            return (nil, "no ip6tables goes by name with \(setup.firewallProgram)")
        }
        let tools = FirewallTools(program: program, family: .v6)
        guard tools.missing.isEmpty else {
            return (nil, "\(tools.missing.joined(separator: ", ")): not there, or not to be executed")
        }
        return (keeper(tools, setup, limits, lock), nil)
    }

    private static func keeper(
        _ tools: FirewallTools, _ setup: HelperSetup, _ limits: GrantLimits, _ lock: XtablesLock?
    ) -> FirewallKeeper {
        FirewallKeeper(
            tools: tools,
            plan: ChainPlan(
                chain: setup.chain, parent: setup.parentChain, jumpPosition: setup.jumpPosition,
                interface: setup.interface, guarded: limits.guarded),
            start: StartOrder(
                flush: setup.flushesAtStart, longest: limits.longest, most: Int(limits.global.grants),
                onlyLooks: tools.family == .v6 && !setup.opensIPv6),
            lock: lock)
    }

    private static func hasIPv6(beyondLoopback: Bool) -> Bool {
        do throws(SystemError) {
            return try NetworkInterfaces.networks().contains {
                guard case .v6(let address) = $0.address else { return false }
                return !beyondLoopback || address.scope != .loopback
            }
        } catch {
            return false
        }
    }
}
