internal import SPASecret
internal import SPASystem

/// The supervisor's end of the connection to a child: what does not go out at once waits here, in order.
///
/// Messages may hold keys; each is wiped when it is gone.
final class Outbox {
    private let socket: MessageSocket
    private var queue: [[UInt8]] = []

    init(_ socket: consuming MessageSocket) { self.socket = socket }

    deinit { for index in queue.indices { Secret.wipe(&queue[index]) } }

    var pollable: Int32 { socket.descriptor.number }
    var wants: Readiness { queue.isEmpty ? .readable : [.readable, .writable] }

    func send(_ message: [UInt8]) { queue.append(message) }

    /// Sends what goes. A child that is gone is noticed when it is read from.
    func flush() {
        while !queue.isEmpty {
            do throws(SystemError) {
                let message = queue[0]
                let departure = try socket.send(message.span)
                if departure == .wouldBlock { return }
            } catch {
                if error.code == ErrorCode.wouldBlock { return }
            }
            Secret.wipe(&queue[0])
            queue.removeFirst()
        }
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
