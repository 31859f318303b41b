// Unsafe rim: the one owner of an open descriptor.
internal import CSallyportShims
internal import Glibc

/// The outcome of a transfer that may not wait.
package enum Transfer: Hashable, Sendable {
    /// So many bytes were moved, at least one.
    case bytes(Int)
    /// Nothing to move now; wait for the descriptor.
    case wouldBlock
    /// The other side has ended.
    case end
}

/// An open descriptor; closed when its owner lets go.
///
/// Every transfer starts anew after an interruption by a signal.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The number, for polling and for handing it on; it stays this owner's to close.
    package let number: Int32

    /// Takes over an open descriptor.
    package init(owning number: Int32) { self.number = number }

    /// Takes over the result of a call, where negative means that errno tells.
    package init(result: Int32, of call: String) throws(SystemError) {
        guard result >= 0 else { throw SystemError.last(call) }
        self.init(owning: result)
    }

    deinit { _ = Glibc.close(number) }

    /// Gives the descriptor up without closing it.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// A second descriptor for the same open file, closed on exec.
    package borrowing func duplicate() throws(SystemError) -> FileDescriptor {
        try FileDescriptor(result: fcntl(number, F_DUPFD_CLOEXEC, 3), of: "fcntl(F_DUPFD_CLOEXEC)")
    }

    /// Reads what is there; 0 at the end.
    package borrowing func read(into buffer: inout MutableSpan<UInt8>) throws(SystemError) -> Int {
        let number = number
        // SAFETY: pointer and count describe the same live, exclusively borrowed buffer.
        return try retrying("read") {
            unsafe buffer.withUnsafeMutableBufferPointer {
                unsafe Glibc.read(number, $0.baseAddress, $0.count)
            }
        }
    }

    /// Reads into the part of `buffer` from index `start` on; 0 at the end, or when no room is left.
    package borrowing func read(into buffer: inout MutableSpan<UInt8>, from start: Int) throws(SystemError)
        -> Int
    {
        guard (0..<buffer.count).contains(start) else { return 0 }
        let number = number
        // SAFETY: `start` lies inside the buffer, and the rest of it is exclusively borrowed.
        return try retrying("read") {
            unsafe buffer.withUnsafeMutableBufferPointer {
                unsafe Glibc.read(number, $0.baseAddress.map { unsafe $0 + start }, $0.count - start)
            }
        }
    }

    /// Writes some of `bytes`; the count may be short.
    package borrowing func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
        let number = number
        // SAFETY: as above, for a shared borrow.
        return try retrying("write") {
            unsafe bytes.withUnsafeBufferPointer { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
        }
    }

    /// Writes all of `bytes` to a blocking descriptor.
    package borrowing func writeAll(_ bytes: Span<UInt8>) throws(SystemError) {
        var done = 0
        while done < bytes.count { done += try write(bytes.extracting(done..<bytes.count)) }
    }

    /// Reads without waiting, from a descriptor in non-blocking mode.
    package borrowing func tryRead(into buffer: inout MutableSpan<UInt8>) throws(SystemError) -> Transfer {
        do throws(SystemError) {
            let count = try read(into: &buffer)
            return count == 0 ? .end : .bytes(count)
        } catch {
            guard error.code == EAGAIN else { throw error }
            return .wouldBlock
        }
    }

    /// Writes without waiting, to a descriptor in non-blocking mode; a broken pipe is `.end`.
    package borrowing func tryWrite(_ bytes: Span<UInt8>) throws(SystemError) -> Transfer {
        do throws(SystemError) {
            return .bytes(try write(bytes))
        } catch {
            switch error.code {
            case EAGAIN: return .wouldBlock
            case EPIPE: return .end
            default: throw error
            }
        }
    }

    /// Reads at `offset` in bytes; 0 at the end.
    package borrowing func pread(into buffer: inout MutableSpan<UInt8>, at offset: Int64) throws(SystemError)
        -> Int
    {
        let number = number
        // SAFETY: pointer and count describe the same live, exclusively borrowed buffer.
        return try retrying("pread") {
            unsafe buffer.withUnsafeMutableBufferPointer {
                unsafe Glibc.pread(number, $0.baseAddress, $0.count, off_t(offset))
            }
        }
    }

    /// Writes at `offset` in bytes; the count may be short.
    package borrowing func pwrite(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemError) -> Int {
        let number = number
        // SAFETY: as above, for a shared borrow.
        return try retrying("pwrite") {
            unsafe bytes.withUnsafeBufferPointer {
                unsafe Glibc.pwrite(number, $0.baseAddress, $0.count, off_t(offset))
            }
        }
    }

    /// Sends one datagram or stream part on a connected socket; never raises SIGPIPE.
    package borrowing func send(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
        let number = number
        // SAFETY: as above, for a shared borrow.
        return try retrying("send") {
            unsafe bytes.withUnsafeBufferPointer {
                unsafe Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
        }
    }

    /// Receives one datagram or stream part; 0 at the end of a stream.
    package borrowing func receive(into buffer: inout MutableSpan<UInt8>) throws(SystemError) -> Int {
        let number = number
        // SAFETY: pointer and count describe the same live, exclusively borrowed buffer.
        return try retrying("recv") {
            unsafe buffer.withUnsafeMutableBufferPointer {
                unsafe Glibc.recv(number, $0.baseAddress, $0.count, 0)
            }
        }
    }

    /// Switches non-blocking mode, which all who share the open file will see; returns whether it was on.
    @discardableResult
    package borrowing func setNonBlocking(_ on: Bool) throws(SystemError) -> Bool {
        let before = sp_fd_set_nonblocking(number, on ? 1 : 0)
        guard before >= 0 else { throw SystemError.last("fcntl(O_NONBLOCK)") }
        return before == 1
    }

    /// Gives a pipe room for `bytes` where it has less and its user may have that much (pipe(7)). Nothing happens to what is
    /// no pipe.
    package borrowing func widenPipe(to bytes: Int32) {
        // F_SETPIPE_SZ and F_GETPIPE_SZ, which Glibc's module leaves out.
        let setPipeSize: Int32 = 1031, getPipeSize: Int32 = 1032
        guard fcntl(number, getPipeSize) < bytes else { return }
        _ = fcntl(number, setPipeSize, bytes)
    }

    /// Whether this is a fifo or a socket (and not a file or a terminal).
    package var isPipeOrSocket: Bool { sp_fd_is_fifo_or_socket(number) == 1 }

    /// Whether this is a terminal.
    package var isTerminal: Bool { sp_fd_is_terminal(number) == 1 }

    /// The user id of the process at the other end of a Unix socket, as it was when it connected.
    package borrowing func peerUser() throws(SystemError) -> UInt32 {
        var user: uid_t = 0
        guard unsafe sp_peer_uid(number, &user) == 0 else {
            throw SystemError.last("getsockopt(SO_PEERCRED)")
        }
        return user
    }
}

/// Runs `body` until no signal interrupts it; a negative result becomes the error in errno.
func retrying(_ call: String, _ body: () -> Int) throws(SystemError) -> Int {
    while true {
        let result = body()
        if result >= 0 { return result }
        let error = SystemError.last(call)
        if error.code != EINTR { throw error }
    }
}
