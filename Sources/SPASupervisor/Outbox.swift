internal import SPASystem

/// The supervisor's end of the connection to a child: what does not go out at once waits here, in order.
final class Outbox {
    private let socket: MessageSocket
    private var queue = OrderQueue()

    init(_ socket: consuming MessageSocket) { self.socket = socket }

    deinit { queue.erase() }

    var pollable: Int32 { socket.descriptor.number }
    var wants: Readiness { queue.isEmpty || nextTry != nil ? .readable : [.readable, .writable] }

    /// When to flush again, on the boot clock, where no event says so.
    var nextTry: Int64? { queue.nextTry }

    func send(_ message: [UInt8]) { queue.append(message) }

    /// Sends what goes.
    ///
    /// - Throws: when an order cannot go out and waiting does not help.
    func flush() throws(OrderFailure) {
        try queue.send(at: BootClock.now()) { (message) throws(SystemError) in try socket.send(message) }
    }

    /// The next message; nil when there is none, `.some(nil)` when the child is gone or sends nonsense.
    func next(into buffer: inout [UInt8]) -> Int?? {
        do throws(SystemError) {
            var span = buffer.mutableSpan
            switch try socket.receive(into: &span) {
            case .wouldBlock: return .none
            case .closed, .truncated: return .some(nil)
            case .message(let count): return count
            }
        } catch {
            return .some(nil)
        }
    }
}
