internal import SPAChannel
internal import SPAConfig
internal import SPAPolicy
internal import SPAPrivilege
internal import SPASecret
internal import SPASystem
internal import SPAWorkerSettings

/// The supervisor at work: starts, tells, waits, logs, reloads, ends. One poll loop.
final class SupervisorLoop {
    private let command: ServerCommand
    private let instance: Instance
    private let accounts: Accounts
    private let signals: SignalDescriptor
    private let manager: ServiceManager?
    private var children: Children?
    /// The configuration in force, without its keys: those are the worker's alone once it has them.
    private var settings: ServerSettings
    private var rules: [StanzaRules]
    private var generation: UInt16 = 1
    private var reload: ReloadProcess?
    private let filter: [UInt8]
    private var capture: CaptureNews
    private var desk: EventDesk
    private var poller = Poller()
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    private var helperIsUp = false
    /// Whether rules can be added, which may come later than the rest.
    private var firewallIsReady = false
    /// What the firewall is waited for, when it is.
    private var firewallWait: String?
    private var workerIsUp = false
    private var workerIsReady = false
    private var hasDropped = false
    private var isAnnounced = false
    /// The status that the service manager has.
    private var toldStatus = ""
    /// What became of children that have ended, in the order in which it was noticed.
    private var deaths: [String] = []
    /// The exit status, once the end has come.
    private var ending: Int32?

    /// Longest time for the children to come up, in nanoseconds: the firewall tool may be slow.
    private static let startPatience: Int64 = 40_000_000_000
    /// Longest time for the helper to take its chain away.
    private static let stopPatience: Int64 = 30_000_000_000
    /// Messages of one child that are taken in one round.
    private static let patienceWithWords = 256
    /// Longest time that a dead child's sibling is listened to.
    private static let lastWords: Int64 = 300_000_000
    /// Longest time for the children to end by themselves once their links are closed.
    private static let farewell: Int64 = 1_500_000_000

    init(
        command: ServerCommand, settings: ServerSettings, filter: [UInt8], places: SettingPlaces,
        instance: Instance, accounts: Accounts, signals: consuming SignalDescriptor, manager: ServiceManager?
    ) {
        self.command = command
        self.settings = settings
        self.filter = filter
        capture = CaptureNews(configured: settings.interface, place: places.interface)
        rules = []
        self.instance = instance
        self.accounts = accounts
        self.signals = signals
        self.manager = manager
        desk = EventDesk(chain: settings.inputChain.chain, store: Instance.storePath(settings))
    }

    /// Runs to the end; the exit status.
    func run(_ configuration: consuming ServerConfiguration) throws(StartFailure) -> Int32 {
        try start(configuration)
        let deadline = BootClock.now() + SupervisorLoop.startPatience
        while ending == nil {
            round(until: hasDropped ? nil : deadline)
            if !hasDropped, helperIsUp, workerIsUp { try dropPrivileges() }
            if !hasDropped, BootClock.now() >= deadline {
                desk.say("error: the helper or the worker did not come up within 40 seconds")
                ending = 1
            }
            announce()
        }
        waitForChildren()
        desk.finish()
        return ending ?? 1
    }

    private func start(_ configuration: ServerConfiguration) throws(StartFailure) {
        for line in configuration.warnings + accounts.notices { desk.say("warning: \(line)") }
        rules = configuration.stanzas.map(\.rules)
        let started = try Children(instance)
        children = started
        started.helperOutbox.send(
            HelperOrder.setup(
                ChildSettings.helperSetup(configuration.settings, accounts.helper, filter: filter)
            ).encoded)
        started.workerOutbox.send(
            WorkerOrder.setup(
                uid: accounts.worker.user, gid: accounts.worker.group,
                lacking: ConfinementLayer.bits(ChildSettings.lacking(settings))
            ).encoded)
        for order in ChildSettings.helperOrders(configuration, generation: generation) {
            started.helperOutbox.send(order.encoded)
        }
        for order in ChildSettings.workerOrders(configuration, generation: generation) {
            started.workerOutbox.send(order.encoded)
        }
        configuration.eraseKeys()
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
            let patience = [deadline.map { $0 - now }, log.patience].compactMap { $0 }.min()
            try poller.wait(nanoseconds: patience)
        } catch {
            return end(1, "error: \(error)")
        }
        children.helperOutbox.flush()
        children.workerOutbox.flush()
        hearWorker(children)
        hearHelper(children)
        takeSignals(children)
        if ending == nil { serveControl() }
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
                .supervisor, as: accounts.supervisor, lacking: ChildSettings.lacking(settings))
            for layer in confined.missing {
                desk.say("warning: spad runs without the layer \(layer.rawValue)")
            }
        } catch {
            throw StartFailure("spad: \(error)")
        }
        hasDropped = true
        // Up, though it may still wait for the clock, the replay store, the firewall or the interface: the log and the
        // status say so.
        toldStatus = status
        manager?.tell("READY=1\nSTATUS=\(status)")
    }

    /// What is waited for, or done.
    private var status: String {
        if let firewallWait { return "Waiting for \(firewallWait)" }
        return capture.status
            ?? (workerIsReady ? "Judging packets at \(capture.name)" : "Waiting until packets can be judged")
    }

    private func announce() {
        guard hasDropped, ending == nil else { return }
        if status != toldStatus {
            toldStatus = status
            manager?.tell("STATUS=\(status)")
        }
        guard !isAnnounced, workerIsReady, firewallIsReady, capture.isCapturing else { return }
        isAnnounced = true
        desk.say(
            "spad is ready: packets at \(settings.interface) that pass '\(settings.captureFilter)' are judged by"
                + " \(rules.count) stanza(s)")
    }

    // MARK: children's words

    private func hearWorker(_ children: Children) {
        // Bounded: a worker that was taken over may talk without end, and signals must be heard all the same.
        for _ in 0..<SupervisorLoop.patienceWithWords {
            guard ending == nil, let arrival = children.workerOutbox.next(into: &buffer), let count = arrival
            else {
                return
            }
            do throws(ChannelError) {
                take(try WorkerEvent(decoding: buffer.span.extracting(0..<count)), children)
            } catch {
                return end(1, "error: spad-worker sent a message outside the vocabulary (\(error)): ending")
            }
        }
    }

    private func take(_ event: WorkerEvent, _ children: Children) {
        switch event {
        case .ready: workerIsReady = true
        case .committed(generation): workerIsUp = true
        case .committed(let arrived):
            guard let done = reload, done.stage == .worker, done.generation == arrived else {
                return end(1, "error: spad-worker speaks of settings that nobody sent: ending")
            }
            children.helperOutbox.send(HelperOrder.retire(generation: generation).encoded)
            finishReload(done)
        default:
            let rules = rules
            desk.record(event) { number in
                rules.first { $0.number == number }?.requiredUser.map {
                    LogBook.printable(String(decoding: $0, as: UTF8.self))
                }
            }
        }
    }

    private func hearHelper(_ children: Children) {
        for _ in 0..<SupervisorLoop.patienceWithWords {
            guard ending == nil, let arrival = children.helperOutbox.next(into: &buffer), let count = arrival
            else {
                return
            }
            let event: HelperEvent
            do throws(ChannelError) {
                event = try HelperEvent(decoding: buffer.span.extracting(0..<count))
            } catch {
                return end(1, "error: spad-helper sent a message outside the vocabulary (\(error)): ending")
            }
            // The worker spoke of a request before it made it: what it said is there already.
            if case .granted(let id, _, _, _, _, _, _) = event, !desk.knows(id) { hearWorker(children) }
            if case .refused(let id, _, _, _, _) = event, !desk.knows(id) { hearWorker(children) }
            take(event, children)
        }
    }

    private func take(_ event: HelperEvent, _ children: Children) {
        switch event {
        case .ready: (helperIsUp, firewallIsReady) = (true, true)
        case .waiting(let what):
            helperIsUp = true
            firewallWait = what.isEmpty ? nil : LogBook.printable(what)
            desk.record(event)
        case .committed(let arrived):
            guard var going = reload, going.stage == .helper, going.generation == arrived else {
                return end(1, "error: spad-helper speaks of settings that nobody sent: ending")
            }
            going.stage = .worker
            reload = going
            for order in ChildSettings.workerOrders(going.configuration, generation: arrived) {
                children.workerOutbox.send(order.encoded)
            }
            going.configuration.eraseKeys()
        case .capture(let state, let untold):
            // Later no socket can be made to ask.
            let there = hasDropped ? [] : NetworkInterfaces.names()
            if let line = capture.take(state, untold: untold, there: there) { desk.say(line) }
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
            case .hangUp?: hangUp()
            case .child?: lookAfter(children)
            default: break
            }
        }
    }

    private func lookAfter(_ children: Children) {
        noteDeaths(children)
        guard ending == nil, !deaths.isEmpty else { return }
        // The death of one ends the other, and the cause may be the other's: its last words are worth a moment.
        let deadline = BootClock.now() + SupervisorLoop.lastWords
        while deaths.count < 2, BootClock.now() < deadline, ending == nil {
            pause()
            hearWorker(children)
            hearHelper(children)
            noteDeaths(children)
        }
        hearWorker(children)
        hearHelper(children)
        end(1, "error: \(deaths.joined(separator: ", ")): ending; the kernel closes what is open in its time")
    }

    private func noteDeaths(_ children: Children) {
        for (name, child) in [("spad-helper", children.helper), ("spad-worker", children.worker)] {
            let fate: ProcessEnd?
            // A child that was reaped before is an error here, and known.
            do throws(SystemError) { fate = try child.poll() } catch { continue }
            switch fate {
            case nil: continue
            case .exited(let status): deaths.append("\(name) has ended (exit status \(status))")
            case .killed(let signal): deaths.append("\(name) was killed by signal \(signal)")
            }
        }
    }

    private func stop(_ children: Children, _ signal: String) {
        guard ending == nil else { return }
        desk.say("Got \(signal). Exiting...")
        manager?.tell("STOPPING=1")
        children.helperOutbox.send(HelperOrder.stop(flush: settings.flushesAtExit).encoded)
        let deadline = BootClock.now() + SupervisorLoop.stopPatience
        var hasEnded = false
        while !hasEnded, BootClock.now() < deadline {
            children.helperOutbox.flush()
            while let arrival = children.helperOutbox.next(into: &buffer), let count = arrival {
                do throws(ChannelError) {
                    desk.record(try HelperEvent(decoding: buffer.span.extracting(0..<count)))
                } catch {
                    break
                }
            }
            do throws(SystemError) {
                hasEnded = try children.helper.poll() != nil
                if !hasEnded { pause() }
            } catch {
                hasEnded = true
            }
        }
        desk.say(hasEnded ? "Shutting Down spad." : "warning: spad-helper did not end: its chain may be left")
        ending = 0
    }

    /// A short wait, cut shorter by the end of a child. Not for its messages: a link that has ended is always ready.
    private func pause() {
        poller.removeAll()
        poller.add(signals.descriptor.number, .readable)
        do throws(SystemError) {
            try poller.wait(milliseconds: 20)
            while try signals.next() != nil {}
        } catch {}
    }

    // MARK: reload

    /// A bare SIGHUP: works only where the unprivileged supervisor may read the files.
    private func hangUp() {
        desk.say("Got SIGHUP. Re-reading configs.")
        do throws(ConfigurationFailure) {
            let (_, next) = try ServerConfiguration.read(command)
            begin(next, hasCaller: false)
        } catch {
            for line in error.lines { desk.say("error: \(line)") }
            desk.say("The old configuration stays in force; where the files are root's alone, use: spad -R")
        }
    }

    private func serveControl() {
        guard let text = instance.control.next() else { return }
        do throws(ConfigurationFailure) {
            begin(try ServerConfiguration(text, command.overrides), hasCaller: true)
        } catch {
            refuseReload(error.lines, hasCaller: true)
        }
    }

    private func begin(_ next: ServerConfiguration, hasCaller: Bool) {
        let fixed = ChildSettings.unchangeable(settings, next.settings)
        guard fixed.isEmpty else {
            next.eraseKeys()
            return refuseReload(
                ["a reload cannot change \(fixed.joined(separator: ", ")): restart spad for that"],
                hasCaller: hasCaller)
        }
        guard let children, hasDropped, reload == nil else {
            next.eraseKeys()
            return refuseReload(["a reload or the start is still going on: try again"], hasCaller: hasCaller)
        }
        let number = generation &+ 1
        reload = ReloadProcess(configuration: next, generation: number, hasCaller: hasCaller)
        for line in next.warnings { desk.say("warning: \(line)") }
        for order in ChildSettings.helperOrders(next, generation: number) {
            children.helperOutbox.send(order.encoded)
        }
        children.helperOutbox.flush()
    }

    private func finishReload(_ done: ReloadProcess) {
        settings = done.configuration.settings
        rules = done.configuration.stanzas.map(\.rules)
        generation = done.generation
        reload = nil
        let line = "Reloaded: \(rules.count) stanza(s) in force"
        desk.say(line)
        if done.hasCaller {
            let answer = (done.configuration.warnings.map { "warning: \($0)" } + [line]).joined(
                separator: "\n")
            instance.control.answer(ReloadAnswer(isGood: true, text: answer))
        }
    }

    private func refuseReload(_ lines: [String], hasCaller: Bool) {
        for line in lines { desk.say("error: \(line)") }
        desk.say("The old configuration stays in force")
        if hasCaller {
            instance.control.answer(ReloadAnswer(isGood: false, text: lines.joined(separator: "\n")))
        }
    }

    // MARK: end

    /// Closes the links, which the children take as their end, and gives them time to reap.
    private func waitForChildren() {
        guard let last = children else { return }
        let processes = [last.helper, last.worker]
        children = nil
        let deadline = BootClock.now() + SupervisorLoop.farewell
        var alive = processes
        while !alive.isEmpty, BootClock.now() < deadline {
            alive.removeAll { process in
                do throws(SystemError) { return try process.poll() != nil } catch { return true }
            }
            poller.removeAll()
            do throws(SystemError) { if !alive.isEmpty { try poller.wait(milliseconds: 10) } } catch {
                return
            }
        }
    }
}
