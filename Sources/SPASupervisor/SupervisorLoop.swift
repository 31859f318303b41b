internal import SPAChannel
internal import SPAConfig
internal import SPAPrivilege
internal import SPASystem
internal import SPAWorkerSettings

/// The supervisor at work: starts, listens, drops its privileges, ends. One poll loop.
final class SupervisorLoop {
    private let instance: Instance
    private let accounts: Accounts
    private let signals: SignalDescriptor
    private let filter: [UInt8]
    private var children: Children?
    private var configuration: ConfigurationDesk
    private var status: ServerStatus
    private var ends = ChildEnds()
    private var desk: EventDesk
    private var poller = Poller()
    /// The exit status, once the end has come.
    private var ending: Int32?

    /// Longest time for the children to come up, in nanoseconds: the firewall tool may be slow.
    private static let startPatience: Int64 = 40_000_000_000
    /// Messages of one child that are taken in one round.
    private static let patienceWithWords = 256
    /// Longest time that a dead child's sibling is listened to.
    private static let lastWords: Int64 = 300_000_000

    init(
        command: ServerCommand, settings: ServerSettings, filter: [UInt8], places: SettingPlaces,
        instance: Instance, accounts: Accounts, signals: consuming SignalDescriptor, manager: ServiceManager?
    ) {
        self.filter = filter
        self.instance = instance
        self.accounts = accounts
        self.signals = signals
        configuration = ConfigurationDesk(settings, command: command, control: instance.control)
        status = ServerStatus(
            capture: CaptureNews(configured: settings.interface, place: places.interface), manager: manager)
        desk = EventDesk(chain: settings.inputChain.chain, store: Instance.storePath(settings))
    }

    /// Runs to the end; the exit status.
    func run(_ first: consuming ServerConfiguration) throws(StartFailure) -> Int32 {
        try start(first)
        let deadline = BootClock.now() + SupervisorLoop.startPatience
        while ending == nil {
            round(until: status.isStarted ? nil : deadline)
            if !status.isStarted, status.childrenAreUp { try dropPrivileges() }
            if !status.isStarted, BootClock.now() >= deadline {
                desk.say("error: the helper or the worker did not come up within 40 seconds")
                ending = 1
            }
            announce()
        }
        let processes = children.map { [$0.helper, $0.worker] } ?? []
        // Closes the links.
        children = nil
        ends.reap(processes)
        desk.finish()
        return ending ?? 1
    }

    private func start(_ first: ServerConfiguration) throws(StartFailure) {
        for line in first.warnings + accounts.notices { desk.say("warning: \(line)") }
        let started = try Children(instance)
        children = started
        started.helperOutbox.send(
            HelperOrder.setup(
                ChildSettings.helperSetup(first.settings, accounts.helper, filter: filter)
            ).encoded)
        started.workerOutbox.send(
            WorkerOrder.setup(
                uid: accounts.worker.user, gid: accounts.worker.group,
                lacking: ConfinementLayer.bits(ChildSettings.lacking(first.settings))
            ).encoded)
        configuration.start(first, started)
    }

    private func round(until deadline: Int64?) {
        guard let children else { return }
        poller.removeAll()
        poller.add(signals.descriptor.number, .readable)
        poller.add(children.helperOutbox.pollable, children.helperOutbox.wants)
        poller.add(children.workerOutbox.pollable, children.workerOutbox.wants)
        poller.add(instance.control.pollable, .readable)
        let now = BootClock.now()
        let log = desk.catchUp(at: now)
        if let stuck = log.stuck { poller.add(stuck, .writable) }
        do throws(SystemError) {
            let moments = [deadline, children.helperOutbox.nextTry, children.workerOutbox.nextTry]
            let patience = (moments.map { $0.map { $0 - now } } + [log.patience]).compactMap { $0 }.min()
            try poller.wait(nanoseconds: patience)
        } catch {
            return end(1, "error: \(error)")
        }
        flush(children.helperOutbox, "spad-helper")
        flush(children.workerOutbox, "spad-worker")
        hearWorker(children)
        hearHelper(children)
        takeSignals(children)
        if ending == nil { configuration.serveControl(status.isStarted ? children : nil, log: &desk) }
    }

    private func flush(_ outbox: Outbox, _ child: String) {
        do throws(OrderFailure) {
            try outbox.flush()
        } catch {
            end(1, "error: \(child): \(error): ending; the kernel closes what is open in its time")
        }
    }

    private func end(_ status: Int32, _ line: String) {
        guard ending == nil else { return }
        desk.say(line)
        ending = status
    }

    // MARK: privileges and readiness

    private func dropPrivileges() throws(StartFailure) {
        do throws(ConfinementError) {
            let confined = try Privileged().confine(
                .supervisor, as: accounts.supervisor, lacking: ChildSettings.lacking(configuration.settings))
            for layer in confined.missing {
                desk.say("warning: spad runs without the layer \(layer.rawValue)")
            }
        } catch {
            throw StartFailure("spad: \(error)")
        }
        status.start()
    }

    private func announce() {
        guard ending == nil, status.announce() else { return }
        let settings = configuration.settings
        desk.say(
            "spad is ready: packets at \(settings.interface) that pass '\(settings.captureFilter)' are judged by"
                + " \(configuration.rules.count) stanza(s)")
    }

    // MARK: children's words

    private func hearWorker(_ children: Children) {
        // Bounded: a worker that was taken over may talk without end, and signals must be heard all the same.
        for _ in 0..<SupervisorLoop.patienceWithWords where ending == nil {
            do throws(ChannelError) {
                guard let event = try children.nextWorkerEvent() else { return }
                take(event, children)
            } catch {
                return end(1, "error: spad-worker sent a message outside the vocabulary (\(error)): ending")
            }
        }
    }

    private func take(_ event: WorkerEvent, _ children: Children) {
        switch event {
        case .ready: status.workerJudges()
        case .committed(let generation):
            guard configuration.workerHas(generation, children, log: &desk) else {
                return end(1, "error: spad-worker speaks of settings that nobody sent: ending")
            }
            status.workerHasSettings()
        default: desk.record(event, requiredUser: { configuration.requiredUser($0) })
        }
    }

    private func hearHelper(_ children: Children) {
        for _ in 0..<SupervisorLoop.patienceWithWords where ending == nil {
            do throws(ChannelError) {
                guard let event = try children.nextHelperEvent() else { return }
                // The worker spoke of a request before it made it: what it said is there already.
                if case .granted(let id, _, _, _, _, _, _) = event, !desk.knows(id) { hearWorker(children) }
                if case .refused(let id, _, _, _, _) = event, !desk.knows(id) { hearWorker(children) }
                take(event, children)
            } catch {
                return end(1, "error: spad-helper sent a message outside the vocabulary (\(error)): ending")
            }
        }
    }

    private func take(_ event: HelperEvent, _ children: Children) {
        switch event {
        case .ready: status.helperIsReady()
        case .waiting(let what):
            status.helperWaits(for: what)
            desk.record(event)
        case .committed(let generation):
            guard configuration.helperHas(generation, children) else {
                return end(1, "error: spad-helper speaks of settings that nobody sent: ending")
            }
        case .capture(let state, let untold):
            if let line = status.take(state, untold: untold) { desk.say(line) }
        default: desk.record(event)
        }
    }

    // MARK: signals

    private func takeSignals(_ children: Children) {
        while true {
            let signal: Signal?
            do throws(SystemError) { signal = try signals.next() } catch { return end(1, "error: \(error)") }
            switch signal {
            case nil: return
            case .terminate?, .interrupt?: stop(children, signal == .terminate ? "SIGTERM" : "SIGINT")
            case .hangUp?: configuration.hangUp(status.isStarted ? children : nil, log: &desk)
            case .child?: lookAfter(children)
            default: break
            }
        }
    }

    private func lookAfter(_ children: Children) {
        ends.look(at: children)
        guard ending == nil, !ends.told.isEmpty else { return }
        // The death of one ends the other, and the cause may be the other's: its last words are worth a moment.
        let deadline = BootClock.now() + SupervisorLoop.lastWords
        while ends.told.count < 2, BootClock.now() < deadline, ending == nil {
            ends.pause(signals)
            hearWorker(children)
            hearHelper(children)
            ends.look(at: children)
        }
        hearWorker(children)
        hearHelper(children)
        end(
            1,
            "error: \(ends.told.joined(separator: ", ")): ending; the kernel closes what is open in its time")
    }

    private func stop(_ children: Children, _ signal: String) {
        guard ending == nil else { return }
        desk.say("Got \(signal). Exiting...")
        status.stop()
        let hasEnded = ends.stopHelper(
            of: children, flushes: configuration.settings.flushesAtExit, signals: signals, log: &desk)
        desk.say(hasEnded ? "Shutting Down spad." : "warning: spad-helper did not end: its chain may be left")
        ending = 0
    }
}
