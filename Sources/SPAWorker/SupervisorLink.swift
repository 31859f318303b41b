internal import SPAChannel
internal import SPAPolicy
internal import SPASecret
internal import SPASystem
internal import SPAWorkerSettings

/// The worker's end of the connection to the supervisor. Never waits for it.
final class SupervisorLink {
    private let socket: MessageSocket
    /// Ten events a second on average, fifty at once.
    private var budget = TokenBucket(perSecond: 10, burst: 50)
    private var suppressed: UInt64 = 0

    init(_ socket: consuming MessageSocket) { self.socket = socket }

    var pollable: Int32 { socket.descriptor.number }

    /// Reports an event that happens at most once per genuine packet or change of state.
    func send(_ event: WorkerEvent) { _ = transmit(event) }

    /// Reports an event that anybody can cause, within a budget; the rest is counted. `moment` is the boot clock's.
    func sendLimited(_ event: WorkerEvent, at moment: Int64) {
        guard budget.take(at: moment) else {
            suppressed += 1
            return
        }
        if suppressed > 0, transmit(.suppressed(count: suppressed)) { suppressed = 0 }
        if !transmit(event) { suppressed += 1 }
    }

    private func transmit(_ event: WorkerEvent) -> Bool {
        let bytes = event.encoded
        do throws(SystemError) { return try socket.send(bytes.span) == .sent } catch { return false }
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
