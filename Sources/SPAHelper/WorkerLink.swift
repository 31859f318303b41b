internal import SPAChannel
internal import SPASystem

/// The helper's end of the connection to the worker, which may be anybody by now.
final class WorkerLink {
    private let socket: MessageSocket

    init(_ socket: consuming MessageSocket) { self.socket = socket }

    var pollable: Int32 { socket.descriptor.number }

    /// The next request; nil when there is none.
    ///
    /// - Throws: ``HelperFailure`` when the worker is gone or leaves the vocabulary.
    func next() throws(HelperFailure) -> GrantRequest? {
        let count: Int
        // One byte more than a request has, so that a longer message is seen as such.
        var buffer = [UInt8](repeating: 0, count: GrantRequest.size + 1)
        var room = buffer.mutableSpan
        do throws(SystemError) {
            switch try socket.receive(into: &room) {
            case .wouldBlock: return nil
            case .closed: throw SystemError(call: "worker", code: ErrorCode.brokenPipe)
            case .truncated: throw SystemError(call: "worker", code: ErrorCode.invalid)
            case .message(let size): count = size
            }
        } catch {
            throw HelperFailure(reason: error.code == ErrorCode.brokenPipe ? nil : "worker: broken message")
        }
        do throws(ChannelError) {
            return try GrantRequest(decoding: buffer.span.extracting(0..<count))
        } catch {
            throw HelperFailure(reason: "worker: message outside the vocabulary (\(error))")
        }
    }

    /// Answers a request. A worker that does not take answers loses them; it acts on none.
    func answer(_ reply: GrantReply) {
        let bytes = reply.encoded
        do throws(SystemError) { _ = try socket.send(bytes.span) } catch {}
    }
}
