// Unsafe rim: fstat(2) and getsockopt(2).
internal import Glibc

/// What can be asked about a descriptor that somebody else opened.
package enum SocketFacts {
    /// Whether both numbers are open and lead to one and the same socket.
    package static func areOneSocket(_ first: Int32, _ second: Int32) -> Bool {
        guard let one = facts(first), let other = facts(second) else { return false }
        return one.st_mode & S_IFMT == S_IFSOCK && one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }

    /// Whether `number` is a socket that waits for callers, and no connection.
    package static func isListening(_ number: Int32) -> Bool { (option(SO_ACCEPTCONN, of: number) ?? 0) != 0 }

    /// Whether `number` is a socket.
    package static func isSocket(_ number: Int32) -> Bool { option(SO_TYPE, of: number) != nil }

    /// The value of an option of the socket level; nil for what is no socket.
    static func option(_ name: Int32, of number: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        // SAFETY: the call writes no more than `size` bytes into the value.
        guard unsafe getsockopt(number, SOL_SOCKET, name, &value, &size) == 0 else { return nil }
        return value
    }

    private static func facts(_ number: Int32) -> stat? {
        var found = stat()
        guard unsafe fstat(number, &found) == 0 else { return nil }
        return found
    }
}
