// Unsafe rim: the kernel's news of connections (netlink(7), NETLINK_NETFILTER). Messages are handed on unread.
internal import CSallyportShims
internal import Glibc
package import SPASystem

/// Hears of connections of this network namespace that change. Made before privileges are given up.
package struct ConnectionWatch: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    /// Hears nothing before ``listen(_:)``.
    package init() throws(SystemError) {
        descriptor = try FileDescriptor(result: sp_conntrack_socket(), of: "netfilter socket")
    }

    /// Begins to hear of changes, or ends it and takes the filter off. With the kernel's setting `nf_conntrack_events` 2, the default, it tells only of
    /// connections that begin while somebody listens.
    package borrowing func listen(_ on: Bool) throws(SystemError) {
        guard sp_conntrack_listen(descriptor.number, on ? 1 : 0) == 0 else {
            throw SystemError(call: "conntrack events", code: errno)
        }
    }

    /// Puts a filter in the place of the one before: classic BPF, 8 bytes an instruction as in `struct sock_filter`.
    package borrowing func setFilter(_ program: [UInt8]) throws(SystemError) {
        // SAFETY: pointer and count describe the same array for the length of the call, which copies it.
        let attached = unsafe program.withUnsafeBytes {
            unsafe sp_conntrack_filter(descriptor.number, $0.baseAddress, $0.count / 8)
        }
        guard attached == 0 else { throw SystemError(call: "conntrack filter", code: errno) }
    }

    /// What was there to be heard.
    package enum News: Equatable, Sendable {
        case nothing
        /// So many bytes of a message are in the buffer.
        case message(Int)
        /// Some messages were lost, or one was longer than the buffer.
        case lost
    }

    /// Takes the next message.
    package borrowing func receive(into buffer: inout [UInt8]) -> News {
        // SAFETY: pointer and count describe the array's own storage for the length of the call.
        let got = unsafe buffer.withUnsafeMutableBytes {
            unsafe sp_conntrack_receive(descriptor.number, $0.baseAddress, $0.count)
        }
        if got < 0 { return errno == EAGAIN ? .nothing : .lost }
        return got > buffer.count ? .lost : .message(got)
    }

    /// Whether the kernel tells of connections at all: it is shown one of our own making. With its setting `nf_conntrack_events`
    /// at 0, or built without the feature, it does not. To be asked while nothing is listened to.
    package borrowing func works() -> Bool { sp_conntrack_tells(descriptor.number) == 1 }
}
