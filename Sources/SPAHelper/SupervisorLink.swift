internal import SPAChannel
internal import SPASystem

/// The helper's end of the connection to the supervisor.
///
/// A supervisor that is stopped must not stop the doors: what it does not take is counted, not waited for.
final class SupervisorLink {
    private let socket: MessageSocket
    private var lost = 0

    init(_ socket: consuming MessageSocket) { self.socket = socket }

    var pollable: Int32 { socket.descriptor.number }

    func send(_ event: HelperEvent) {
        if lost > 0,
            transmit(.message(.warning, "\(lost) log records were lost while the log could not keep up"))
        {
            lost = 0
        }
        if !transmit(event) { lost += 1 }
    }

    private func transmit(_ event: HelperEvent) -> Bool {
        let bytes = event.encoded
        do throws(SystemError) { return try socket.send(bytes.span) == .sent } catch { return false }
    }

    /// The outcome of looking for an order.
    enum Order {
        case order(HelperOrder)
        case none
        /// The supervisor is gone, or talks nonsense, which is treated alike.
        case ended
    }

    func next() -> Order {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var span = buffer.mutableSpan
        do throws(SystemError) {
            switch try socket.receive(into: &span) {
            case .wouldBlock: return .none
            case .closed, .truncated: return .ended
            case .message(let count): return decode(buffer, count)
            }
        } catch {
            return .ended
        }
    }

    private func decode(_ buffer: [UInt8], _ count: Int) -> Order {
        do throws(ChannelError) {
            return .order(try HelperOrder(decoding: buffer.span.extracting(0..<count)))
        } catch {
            return .ended
        }
    }
}
