// Unsafe rim: getsockopt(2), and one descriptor in the ancillary data of a Unix socket.
internal import CSallyportShims
internal import Glibc

/// An open descriptor as a gift to another process.
package enum DescriptorPassing {
    /// Whether `number` is a connected Unix socket, which can carry descriptors.
    package static func isPossible(over number: Int32) -> Bool {
        guard SocketFacts.option(SO_DOMAIN, of: number) == AF_UNIX else { return false }
        var name = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // SAFETY: the call writes no more than `size` bytes into the storage.
        return unsafe withUnsafeMutablePointer(to: &name) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getpeername(number, $0, &size) == 0
            }
        }
    }

    /// Sends one byte with `descriptor` over the Unix socket `number`, as ssh's ProxyUseFdpass expects it.
    package static func pass(_ descriptor: borrowing FileDescriptor, over number: Int32) throws(SystemError) {
        let gift = descriptor.number
        _ = try retrying("sendmsg") {
            var byte: UInt8 = 0
            var passed = gift
            // SAFETY: each pointer is to one value that lives until the call returns.
            return unsafe sp_send_fds(number, &byte, 1, &passed, 1)
        }
    }
}
