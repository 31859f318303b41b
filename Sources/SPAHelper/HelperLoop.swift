internal import SPAChannel
internal import SPAFirewall
internal import SPANet
internal import SPAPrivilege
internal import SPASystem

/// The helper at work: one poll loop, no thread, nothing that waits.
final class HelperLoop {
    let link: SupervisorLink
    private let worker: WorkerLink
    private let signals: SignalDescriptor
    private let forwarder: FrameForwarder
    private let interface: InterfaceKeeper
    private let firewall: Firewall
    private let clock: ClockChangeWatch
    /// Nil where the kernel lets nobody follow connections.
    let follower: ConnectionFollower?
    var desk: GrantDesk
    /// What the supervisor was last told that the firewall is waited for.
    private var saidWaiting: String?
    private var poller = Poller()

    init(
        link: SupervisorLink, worker: WorkerLink, signals: consuming SignalDescriptor,
        clock: consuming ClockChangeWatch, forwarder: FrameForwarder, interface: InterfaceKeeper,
        firewall: Firewall, follower: ConnectionFollower?, desk: GrantDesk
    ) {
        self.link = link
        self.worker = worker
        self.signals = signals
        self.clock = clock
        self.forwarder = forwarder
        self.interface = interface
        self.firewall = firewall
        self.follower = follower
        self.desk = desk
    }

    /// Works until an order to stop.
    ///
    /// - Throws: ``HelperFailure`` when a peer is gone or breaks the protocol. Rules stay then: the kernel ends them.
    func run(_ confined: borrowing Confined) throws(HelperFailure) {
        while true {
            try wait()
            let moment = BootClock.now()
            try takeSignals()
            if try obey(at: moment) { return }
            // Before requests: a connection of before is none through what they open.
            try hearConnections(at: moment)
            try serve(at: moment)
            try forward(at: moment)
            try followClock(at: moment)
            for effect in desk.removeDue(at: moment) { try perform(effect) }
            // Before the firewall gets a rule that lets many in.
            try followConnections(at: moment)
            try tendFirewall(at: moment)
        }
    }

    private func wait() throws(HelperFailure) {
        let moment = BootClock.now()
        poller.removeAll()
        poller.add(link.pollable, link.wants)
        poller.add(worker.pollable, .readable)
        poller.add(signals.descriptor.number, .readable)
        poller.add(clock.descriptor.number, .readable)
        forwarder.register(in: &poller, at: moment)
        interface.register(in: &poller)
        firewall.register(in: &poller)
        follower?.register(in: &poller)
        let next = [
            desk.nextDeadline(), firewall.nextLook, interface.nextLook, forwarder.nextLook(at: moment),
            link.nextTry,
        ].compactMap { $0 }.min()
        let patience = next.map { max(0, $0 - moment) }
        do throws(SystemError) {
            try poller.wait(nanoseconds: patience)
        } catch {
            throw HelperFailure(reason: "\(error)")
        }
        if poller.readiness(at: 0).contains(.writable) || link.nextTry != nil { link.flush() }
    }

    /// Somebody set the clock: rules whose dates are now wrong get right ones.
    private func followClock(at moment: Int64) throws(HelperFailure) {
        let wasSet: Bool
        do throws(SystemError) { wasSet = try clock.acknowledge() } catch {
            throw HelperFailure(reason: "\(error)")
        }
        guard wasSet else { return }
        let effects = desk.clockWasSet(wall: RealtimeClock.now(), moment: BootClock.now())
        link.send(.message(.notice, "The clock was set: \(effects.count) open grants follow it"))
        try perform(effects)
    }

    private func takeSignals() throws(HelperFailure) {
        // SIGCHLD wakes the loop for the tools. The rest comes from a terminal or a service manager that addresses the
        // whole group: the end is the supervisor's to order.
        do throws(SystemError) {
            while try signals.next() != nil {}
        } catch {
            throw HelperFailure(reason: "\(error)")
        }
    }

    /// Takes orders; true when the end was ordered.
    private func obey(at moment: Int64) throws(HelperFailure) -> Bool {
        while true {
            switch link.next() {
            case .none: return false
            case .ended: throw HelperFailure(reason: nil)
            case .order(.begin(let generation, let limits)):
                desk.limits.begin(generation: generation, limits: limits)
            case .order(.stanza(let stanza)):
                guard desk.limits.add(stanza) else { throw HelperFailure(reason: "settings out of order") }
            case .order(.commit(let generation)):
                guard desk.limits.commit(generation: generation) else {
                    throw HelperFailure(reason: "settings out of order")
                }
                firewall.guardServices(desk.limits.guarded)
                checkConnections()
                link.send(.committed(generation: generation))
            case .order(.retire(let generation)):
                // What the worker asked before it changed over is here already, and counts by the old settings.
                try serve(at: moment, most: 4096)
                desk.limits.retire(generation: generation)
            case .order(.stop(let flush)):
                if flush { for event in firewall.remove() { link.send(event) } }
                link.send(.stopped)
                return true
            case .order(.setup): throw HelperFailure(reason: "settings out of order")
            }
        }
    }

    /// Takes requests: so many in a round, so that a flood of them cannot keep expiry waiting.
    private func serve(at moment: Int64, most: Int = 256) throws(HelperFailure) {
        var count = 0
        while count < most {
            count += 1
            guard let request = try worker.next() else { return }
            let effects = desk.request(
                request, isOurs: isOurs(request.destination), wall: RealtimeClock.now(), moment: moment)
            try perform(effects)
        }
    }

    /// Asked anew each time: addresses come and go.
    func isOurs(_ address: IPAddress) -> Bool {
        do throws(SystemError) {
            return try NetworkInterfaces.networks().contains { $0.address == address }
        } catch {
            return false
        }
    }

    private func forward(at moment: Int64) throws(HelperFailure) {
        if let event = forwarder.withCapture({ interface.advance($0, at: moment) }) { link.send(event) }
        guard forwarder.advance(at: moment) else { throw HelperFailure(reason: nil) }
    }

    private func tendFirewall(at moment: Int64) throws(HelperFailure) {
        // An outcome can be the cause of new work, which must not wait for the next event.
        while true {
            let news = firewall.advance(at: moment)
            guard news.contains(where: { !$0.1.isEmpty }) else { break }
            for (family, outcomes) in news { try take(outcomes, family, at: moment) }
        }
        let what = firewall.waitsFor(at: moment)
        if what != saidWaiting { link.send(.waiting(what ?? "")) }
        saidWaiting = what
    }

    private func take(
        _ outcomes: [FirewallOutcome], _ family: AddressFamily, at moment: Int64
    ) throws(HelperFailure) {
        let name = family == .v6 ? "firewall (IPv6)" : "firewall"
        for outcome in outcomes {
            switch outcome {
            case .prepared(let findings): begin(with: findings, family, at: moment)
            case .looked(let table), .mended(let table): warn(table, family)
            case .impossible(let reason):
                guard family == .v6 else { throw HelperFailure(reason: "firewall: \(reason)") }
                desk.opensIPv6 = false
                link.send(.message(.warning, "\(name): \(reason): no door is opened over IPv6"))
                try take(firewall.giveUpIPv6(reason), family, at: moment)
            case .inserted(let token):
                try perform(desk.inserted(token: token))
                try perform(desk.catchUp(wall: RealtimeClock.now(), moment: BootClock.now()))
            case .failed(let token, let reason):
                link.send(.message(.error, "\(name): adding a rule failed: \(reason)"))
                try perform(desk.failed(token: token))
            case .deleted(let rules): try perform(desk.deleted(rules))
            case .trouble(let text): link.send(.message(.warning, "\(name): \(text)"))
            case .notice(let text): link.send(.message(.notice, "\(name): \(text)"))
            }
        }
    }

    private func begin(with findings: StartFindings, _ family: AddressFamily, at moment: Int64) {
        desk.adopt(findings.adopted, wall: RealtimeClock.now(), moment: moment)
        let more = family == .v6 ? " (IPv6)" : ""
        if findings.removed > 0 {
            link.send(
                .message(
                    .notice,
                    "Removed \(findings.removed) rules of an earlier life from \(firewall.v4.plan.chain)\(more)"
                ))
        }
        if !findings.adopted.isEmpty {
            link.send(
                .message(
                    .notice,
                    "\(findings.adopted.count) grants of an earlier life go on until their end\(more)"))
        }
        warn(findings.table, family)
        // Nobody waits for IPv6.
        if family == .v4 { link.send(.ready) }
    }

    private func warn(_ table: TableListing, _ family: AddressFamily) {
        for line in firewall.warnings(table, family, guarded: desk.limits.guarded) {
            link.send(.message(.warning, line))
        }
    }

    func perform(_ effects: [GrantDesk.Effect]) throws(HelperFailure) {
        for effect in effects { try perform(effect) }
    }

    private func perform(_ effect: GrantDesk.Effect) throws(HelperFailure) {
        switch effect {
        case .insert(let insertion): firewall.keeper(of: insertion.rule)?.insert(insertion)
        case .confirm(let insertion): firewall.keeper(of: insertion.rule)?.confirm(insertion)
        case .delete(let rule): firewall.keeper(of: rule)?.delete(rule)
        case .tell(let event): link.send(event)
        case .reply(let reply): worker.answer(reply)
        case .breach(let what): throw HelperFailure(reason: "worker: \(what)")
        }
    }
}
