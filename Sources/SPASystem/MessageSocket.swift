// Unsafe rim: Unix sockets that keep message borders (SOCK_SEQPACKET), and descriptors passed over them.
internal import CSallyportShims
internal import Glibc

/// The outcome of receiving one message.
package enum MessageArrival: Hashable, Sendable {
    /// A whole message of so many bytes.
    case message(count: Int)
    /// A message that did not fit in the buffer, or came with too many descriptors; it is lost.
    case truncated
    case wouldBlock
    case closed
}

/// The outcome of sending one message.
package enum MessageDeparture: Hashable, Sendable { case sent, wouldBlock, closed }

/// Descriptors that came with a message; those that nobody takes are closed.
package final class ReceivedDescriptors {
    private var numbers: [Int32]

    fileprivate init(_ numbers: [Int32]) { self.numbers = numbers }
    package convenience init() { self.init([]) }

    package var count: Int { numbers.count }

    /// The first that is left, now the caller's.
    package func takeFirst() -> FileDescriptor? {
        numbers.isEmpty ? nil : FileDescriptor(owning: numbers.removeFirst())
    }

    deinit { for number in numbers { _ = Glibc.close(number) } }
}

/// One end of a connection of messages. Ends from ``MessageSocketPair`` and ``MessageListener`` never wait.
package struct MessageSocket: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    /// Takes over a connected SEQPACKET socket.
    package init(owning descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    /// Connects to the listener at `path` and waits on transfers.
    package init(connectingTo path: String) throws(SystemError) {
        // SAFETY: the call copies the path.
        let result = unsafe sp_connect_seqpacket(path)
        descriptor = try FileDescriptor(result: result, of: "connect \(path)")
    }

    /// Gives up the socket's descriptor.
    package consuming func releaseDescriptor() -> FileDescriptor { descriptor }

    /// Sends one message with up to 8 descriptors, which stay the caller's to close.
    package borrowing func send(
        _ message: Span<UInt8>, descriptors: [Int32] = []
    ) throws(SystemError) -> MessageDeparture {
        let number = descriptor.number
        do throws(SystemError) {
            // SAFETY: each pointer is passed with the count of the buffer it came from.
            _ = try retrying("sendmsg") {
                unsafe message.withUnsafeBufferPointer { bytes in
                    unsafe descriptors.withUnsafeBufferPointer { passed in
                        unsafe sp_send_fds(
                            number, bytes.baseAddress, bytes.count, passed.baseAddress, passed.count)
                    }
                }
            }
            return .sent
        } catch {
            switch error.code {
            case EAGAIN: return .wouldBlock
            case EPIPE, ECONNRESET: return .closed
            default: throw error
            }
        }
    }

    /// Lets so many bytes wait for the other side, 500 to 1000 for each short message. Without the privilege to do so, what
    /// the system grants (`net.core.wmem_max`).
    package borrowing func enlargeSendBuffer(to bytes: Int32) throws(SystemError) {
        guard sp_set_send_buffer(descriptor.number, bytes) == 0 else {
            throw SystemError.last("setsockopt(SO_SNDBUF)")
        }
    }

    /// Receives one message; descriptors that come with it are closed.
    package borrowing func receive(into buffer: inout MutableSpan<UInt8>) throws(SystemError)
        -> MessageArrival
    {
        var passed = ReceivedDescriptors()
        return try receive(into: &buffer, capacity: 0, descriptors: &passed)
    }

    /// Receives one message with at most `capacity` (0 to 8) descriptors.
    package borrowing func receive(
        into buffer: inout MutableSpan<UInt8>, capacity: Int, descriptors: inout ReceivedDescriptors
    ) throws(SystemError) -> MessageArrival {
        let number = descriptor.number
        var numbers = [Int32](repeating: -1, count: min(max(capacity, 0), 8))
        var received = 0
        var truncated: Int32 = 0
        let count: Int
        do throws(SystemError) {
            // SAFETY: each pointer is passed with the count of the buffer it came from.
            count = try retrying("recvmsg") {
                unsafe buffer.withUnsafeMutableBufferPointer { bytes in
                    unsafe numbers.withUnsafeMutableBufferPointer { room in
                        unsafe sp_recv_fds(
                            number, bytes.baseAddress, bytes.count, room.baseAddress, room.count, &received,
                            &truncated)
                    }
                }
            }
        } catch {
            switch error.code {
            case EAGAIN: return .wouldBlock
            case ECONNRESET: return .closed
            default: throw error
            }
        }
        descriptors = ReceivedDescriptors(Array(numbers[0..<min(received, numbers.count)]))
        if truncated != 0 { return .truncated }
        return count == 0 ? .closed : .message(count: count)
    }
}

/// Two connected ends, each to be taken once.
package struct MessageSocketPair: ~Copyable {
    private var numbers: (Int32, Int32)

    package init() throws(SystemError) {
        var pair: [Int32] = [-1, -1]
        // SAFETY: the shim writes two numbers, for which there is room.
        guard unsafe sp_socketpair_seqpacket(&pair) == 0 else { throw SystemError.last("socketpair") }
        numbers = (pair[0], pair[1])
    }

    /// Both ends, handed to `body`.
    package consuming func take<R: ~Copyable, E: Error>(
        _ body: (consuming MessageSocket, consuming MessageSocket) throws(E) -> R
    ) throws(E) -> R {
        try body(
            MessageSocket(owning: FileDescriptor(owning: numbers.0)),
            MessageSocket(owning: FileDescriptor(owning: numbers.1)))
    }
}

/// A listener for messages at a path.
package struct MessageListener: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    /// Makes the socket at `path`, which must be free, with these permission bits (less the umask).
    package init(path: String, mode: UInt32) throws(SystemError) {
        // SAFETY: the call copies the path.
        let result = unsafe sp_listen_seqpacket(path, mode)
        descriptor = try FileDescriptor(result: result, of: "bind \(path)")
    }

    /// The next caller; nil when nobody waits.
    package borrowing func accept() throws(SystemError) -> MessageSocket? {
        let number = sp_accept(descriptor.number)
        if number >= 0 { return MessageSocket(owning: FileDescriptor(owning: number)) }
        let error = SystemError.last("accept")
        guard error.code == EAGAIN || error.code == ECONNABORTED || error.code == EINTR else { throw error }
        return nil
    }
}
