internal import SPAChannel
internal import SPADissect
internal import SPANet
internal import SPAPolicy
internal import SPAPrivilege
internal import SPAReplay
internal import SPASystem
internal import SPAWire
internal import SPAWorkerSettings

/// The worker at work: one poll loop over three sockets.
final class WorkerLoop {
    private let link: SupervisorLink
    private let frames: MessageSocket
    private let grants: MessageSocket
    private let signals: SignalDescriptor
    private let store: ReplayStore
    private var judge: Judge
    private var intake = SettingsIntake()
    private var readiness = WorkerReadiness()
    private var lastRequest: UInt64 = 0
    private var poller = Poller()

    init(
        link: SupervisorLink, frames: consuming MessageSocket, grants: consuming MessageSocket,
        signals: consuming SignalDescriptor, store: ReplayStore, judge: Judge
    ) {
        self.link = link
        self.frames = frames
        self.grants = grants
        self.signals = signals
        self.store = store
        self.judge = judge
    }

    /// Works until a peer is gone. Foreign bytes are read here, so the process must be `confined`.
    func run(_ confined: borrowing Confined) throws(WorkerFailure) {
        link.send(.committed(generation: judge.generation))
        var batch = [UInt8](repeating: 0, count: FrameBatch.limit + 1)
        while true {
            readiness.report(store: store, maximumAge: judge.maximumAge, to: link)
            try wait()
            if try obey() { return }
            try takeReplies()
            try takeFrames(&batch)
        }
    }

    private func wait() throws(WorkerFailure) {
        poller.removeAll()
        poller.add(link.pollable, link.wants)
        poller.add(frames.descriptor.number, .readable)
        poller.add(grants.descriptor.number, .readable)
        // Only while something has to become true by time alone.
        var patience: Int64? = readiness.isReady ? (link.isUnsettled ? 1_000_000_000 : nil) : 500_000_000
        if let next = link.nextTry { patience = min(patience ?? .max, max(0, next - BootClock.now())) }
        do throws(SystemError) { try poller.wait(nanoseconds: patience) } catch { throw WorkerFailure() }
        if poller.readiness(at: 0).contains(.writable) || link.nextTry != nil { link.flush() }
        if link.isUnsettled { link.settle(at: BootClock.now()) }
    }

    /// Takes new settings; true when the supervisor is gone.
    private func obey() throws(WorkerFailure) -> Bool {
        while true {
            switch link.next() {
            case .none: return false
            case .ended: return true
            case .order(let order):
                switch intake.take(order) {
                case .more: break
                case .breach: throw WorkerFailure()
                case .complete(let next):
                    judge = next
                    link.send(.committed(generation: next.generation))
                }
            }
        }
    }

    /// The helper's answers are for its own log; here they are only looked at for order.
    private func takeReplies() throws(WorkerFailure) {
        var buffer = [UInt8](repeating: 0, count: 64)
        while true {
            let count: Int
            do throws(SystemError) {
                var span = buffer.mutableSpan
                switch try grants.receive(into: &span) {
                case .wouldBlock: return
                case .closed, .truncated: throw SystemError(call: "helper", code: ErrorCode.brokenPipe)
                case .message(let size): count = size
                }
            } catch {
                throw WorkerFailure()
            }
            do throws(ChannelError) {
                let reply = try GrantReply(decoding: buffer.span.extracting(0..<count))
                guard reply.id <= lastRequest else { throw ChannelError.badField("id") }
            } catch {
                throw WorkerFailure()
            }
        }
    }

    private func takeFrames(_ batch: inout [UInt8]) throws(WorkerFailure) {
        // Bounded, so that settings arrive under any load.
        for _ in 0..<8 {
            let count: Int
            do throws(SystemError) {
                var span = batch.mutableSpan
                switch try frames.receive(into: &span) {
                case .wouldBlock: return
                case .closed, .truncated: throw SystemError(call: "helper", code: ErrorCode.brokenPipe)
                case .message(let size): count = size
                }
            } catch {
                throw WorkerFailure()
            }
            do throws(FrameBatchFailure<Never>) {
                try FrameBatch.forEach(in: batch.span.extracting(0..<count)) { frame in
                    self.examine(frame)
                }
            } catch {
                throw WorkerFailure()
            }
        }
    }

    private func examine(_ frame: Span<UInt8>) {
        let datagram: Datagram
        do throws(DissectError) {
            datagram = try FrameDissector.datagram(in: frame)
        } catch {
            return
        }
        let arrival = Arrival(
            source: datagram.source, destination: datagram.destination, transport: datagram.transport)
        let now = RealtimeClock.seconds()
        guard store.missingDate(now: now) == nil else {
            refuse(.clockWrong, arrival)
            return
        }
        do throws(SystemError) {
            try store.settle(now: now, maximumAge: judge.maximumAge)
        } catch {
            refuse(.storeFailed, arrival, detail: RefusalDetail(number: Int64(error.code)))
            return
        }
        let verdict = judge.verdict(
            on: frame.extracting(datagram.payload), from: arrival, memory: store.memory, now: now)
        act(on: verdict, arrival, now: now)
    }

    private func act(on verdict: Verdict, _ arrival: Arrival, now: Int64) {
        switch verdict {
        case .garbage(let check):
            guard judge.reportsGarbage else { return }
            link.sendLimited(
                .refused(
                    .garbage, stanza: 0, packetSource: arrival.source,
                    detail: RefusalDetail(number: Int64(check.rawValue)), user: []
                ),
                isGarbage: true, at: BootClock.now())
        case .refused(let reason, let stanza, let detail, let user, let record):
            if let record { _ = failure(remembering: record, now: now, durably: false) }
            refuse(reason, arrival, stanza: stanza, detail: detail, user: user)
        case .permitted(let decision, let user, let record):
            if let code = failure(remembering: record, now: now, durably: true) {
                refuse(
                    .storeFailed, arrival, stanza: decision.stanza,
                    detail: RefusalDetail(number: Int64(code)), user: user)
                return
            }
            request(decision, user: user, arrival)
        }
    }

    /// The errno where the store did not take the record.
    private func failure(remembering record: ReplayRecord, now: Int64, durably: Bool) -> Int32? {
        do throws(SystemError) {
            try store.remember(record, now: now, maximumAge: judge.maximumAge, durably: durably)
            return nil
        } catch {
            return error.code
        }
    }

    private func request(_ decision: Decision, user: [UInt8], _ arrival: Arrival) {
        link.sendAccepted(
            .accepted(
                firstID: lastRequest + 1, count: UInt8(clamping: decision.services.count),
                stanza: decision.stanza,
                packetSource: arrival.source, user: user))
        for service in decision.services {
            lastRequest += 1
            let message = GrantRequest(
                id: lastRequest, generation: judge.generation, stanza: decision.stanza,
                source: decision.allowed, service: service, lifetime: decision.lifetime,
                destination: arrival.destination
            ).encoded
            do throws(SystemError) {
                guard try grants.send(message.span) == .sent else {
                    refuse(.helperBusy, arrival, stanza: decision.stanza, user: user)
                    return
                }
            } catch {
                refuse(.helperBusy, arrival, stanza: decision.stanza, user: user)
                return
            }
        }
    }

    private func refuse(
        _ reason: WorkerRefusal, _ arrival: Arrival, stanza: UInt16 = 0,
        detail: RefusalDetail = RefusalDetail(), user: [UInt8] = []
    ) {
        link.sendLimited(
            .refused(reason, stanza: stanza, packetSource: arrival.source, detail: detail, user: user),
            at: BootClock.now())
    }
}

/// Whether packets are judged, and the telling of it: once for each change.
struct WorkerReadiness {
    private enum State: Equatable { case unknown, clock, store(Int64), ready }
    private var state = State.unknown

    var isReady: Bool { state == .ready }

    mutating func report(store: ReplayStore, maximumAge: UInt32, to link: SupervisorLink) {
        guard !isReady else { return }
        let now = RealtimeClock.seconds()
        if let missing = store.missingDate(now: now) {
            if state != .clock { link.send(.waitingForClock(now: now, notBefore: missing)) }
            state = .clock
            return
        }
        // Where this fails, the floor stays where nothing passes it, and it is tried again.
        do throws(SystemError) { try store.settle(now: now, maximumAge: maximumAge) } catch {}
        if store.memory.floor >= now {
            if state != .store(store.memory.floor) { link.send(.waitingForStore(until: store.memory.floor)) }
            state = .store(store.memory.floor)
        } else {
            link.send(.ready)
            state = .ready
        }
    }
}
