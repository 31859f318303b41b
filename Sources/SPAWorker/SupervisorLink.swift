internal import SPAChannel
internal import SPAPolicy
internal import SPASecret
internal import SPASystem
internal import SPAWorkerSettings

/// The worker's end of the connection to the supervisor. Never waits for it: what it does not take is counted, and told
/// once it listens again. Changes of state are kept for it; there are never more than a handful.
final class SupervisorLink {
    private let socket: MessageSocket
    private var outlet = MessageOutlet()
    private var kept: [WorkerEvent] = []
    private var lost: UInt64 = 0
    /// Ten events a second on average, fifty at once.
    private var budget = TokenBucket(perSecond: 10, burst: 50)
    /// What is no packet may not use up the words for what is one.
    private var garbageBudget = TokenBucket(perSecond: 2, burst: 20)
    private var suppressed: (refusals: UInt64, garbage: UInt64) = (0, 0)
    /// When these numbers were told by themselves.
    private var settled: Int64 = 0

    init(_ socket: consuming MessageSocket) { self.socket = socket }

    var pollable: Int32 { socket.descriptor.number }

    /// What to wait for: room as well while something is to be told.
    var wants: Readiness { hasTold || nextTry != nil ? .readable : [.readable, .writable] }

    /// When to flush, on the boot clock, where no event says so.
    var nextTry: Int64? { outlet.nextTry }

    private var hasTold: Bool { kept.isEmpty && lost == 0 }

    /// Whether a flood has left a number behind that ``settle(at:)`` will tell.
    var isUnsettled: Bool { suppressed != (0, 0) }

    /// Reports a change of state.
    func send(_ event: WorkerEvent) {
        if hasTold, transmit(event) { return }
        kept.append(event)
    }

    /// Reports that a packet was accepted, which holders of keys alone can cause.
    func sendAccepted(_ event: WorkerEvent) {
        // Behind a loss nothing goes out before the loss itself, so that the log shows where it was.
        guard hasTold, transmit(event) else { return lost += 1 }
    }

    /// Sends what was kept and tells what was lost. To be called when poll(2) says that there is room, and at ``nextTry``.
    func flush() {
        if lost > 0 {
            guard transmit(.lost(accepted: lost)) else { return }
            lost = 0
        }
        while let event = kept.first, transmit(event) { kept.removeFirst() }
        // A report within a budget may have been the one that met with a shortage; its number is what is left of it.
        if nextTry != nil { tellSuppressed() }
    }

    /// Reports an event that anybody can cause, within a budget; the rest is counted. `moment` is the boot clock's.
    func sendLimited(_ event: WorkerEvent, isGarbage: Bool = false, at moment: Int64) {
        if isGarbage ? garbageBudget.take(at: moment) : budget.take(at: moment) {
            tellSuppressed()
            if transmit(event) { return }
        }
        if isGarbage { suppressed.garbage += 1 } else { suppressed.refusals += 1 }
    }

    /// Tells what a flood has left untold, once a second.
    func settle(at moment: Int64) {
        guard isUnsettled, moment - settled >= 1_000_000_000 else { return }
        settled = moment
        tellSuppressed()
    }

    private func tellSuppressed() {
        guard isUnsettled,
            transmit(.suppressed(count: suppressed.refusals, garbage: suppressed.garbage))
        else { return }
        suppressed = (0, 0)
    }

    private func transmit(_ event: WorkerEvent) -> Bool {
        let bytes = event.encoded
        let outcome = outlet.send(at: BootClock.now()) { () throws(SystemError) in
            try socket.send(bytes.span)
        }
        return outcome.isOver
    }

    enum Order {
        case order(WorkerOrder)
        case none
        /// The supervisor is gone, or talks nonsense, which is treated alike.
        case ended
    }

    func next() -> Order {
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        defer { Secret.wipe(&buffer) }
        let count: Int
        do throws(SystemError) {
            var span = buffer.mutableSpan
            switch try socket.receive(into: &span) {
            case .wouldBlock: return .none
            case .closed, .truncated: return .ended
            case .message(let size): count = size
            }
        } catch {
            return .ended
        }
        do throws(ChannelError) {
            return .order(try WorkerOrder(decoding: buffer.span.extracting(0..<count)))
        } catch {
            return .ended
        }
    }
}
