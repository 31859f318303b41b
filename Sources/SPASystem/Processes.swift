// Unsafe rim: posix_spawn(3), waitpid(2) and the process's own facts.
internal import CSallyportShims
internal import Glibc

/// How a child process ended.
package enum ProcessEnd: Hashable, Sendable {
    case exited(status: Int32)
    case killed(signal: Int32)
}

/// A child process. Dropping the value neither ends nor reaps it.
package struct ChildProcess: Hashable, Sendable {
    package let id: Int32

    /// Starts the program at `path` with exactly these descriptors: `descriptors[i]` becomes number i, nil is /dev/null.
    /// All others are closed, all signals are at their defaults and unblocked. At most 16 descriptors.
    ///
    /// `environment` nil hands on ours, byte for byte.
    package init(
        path: String, arguments: [String], environment: [String]?, descriptors: [Int32?]
    ) throws(SystemError) {
        let argv = CStringArray(arguments)
        let envp = environment.map { CStringArray($0) }
        let numbers = descriptors.map { $0 ?? -1 }
        var process: pid_t = 0
        // SAFETY: both arrays end with a null pointer and live until the call returns; the count is the array's.
        let code = unsafe numbers.withUnsafeBufferPointer { list in
            unsafe sp_spawn(
                &process, path, argv.pointers, envp.map { unsafe $0.pointers }, list.baseAddress, list.count)
        }
        guard code == 0 else { throw SystemError(call: "start \(path)", code: code) }
        id = process
    }

    /// A child that was started already.
    init(id: Int32) { self.id = id }

    /// Kills and reaps it; there is nothing to wait for long.
    package func endNow() {
        var status: Int32 = 0
        _ = kill(id, SIGKILL)
        // SAFETY: waitpid writes one number.
        while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
    }

    /// How it ended, reaping it; nil while it runs.
    package func poll() throws(SystemError) -> ProcessEnd? {
        var status: Int32 = 0
        let state = unsafe sp_wait_nohang(id, &status)
        guard state >= 0 else { throw SystemError.last("waitpid") }
        guard state == 1 else { return nil }
        let exited = sp_status_exited(status)
        return exited >= 0 ? .exited(status: exited) : .killed(signal: sp_status_signal(status))
    }

    /// A descriptor that becomes readable when it has ended. To be taken before it is reaped.
    package func watch() throws(SystemError) -> FileDescriptor {
        try FileDescriptor(result: sp_pidfd(id), of: "pidfd_open")
    }

    package func send(_ signal: Signal) throws(SystemError) { try Signal.send(signal, to: id) }
}

/// Facts and acts of the running process.
package enum CurrentProcess {
    package static var id: Int32 { getpid() }
    package static var effectiveUser: UInt32 { geteuid() }
    package static var effectiveGroup: UInt32 { getegid() }

    /// The standard stream, input or output, that is closed or open in the other direction alone; nil where both work. To be
    /// asked before ``fillStandardStreams()``, which hides it.
    package static var missingStandardStream: String? {
        let (input, output) = (fcntl(0, F_GETFL), fcntl(1, F_GETFL))
        if input < 0 || input & O_ACCMODE == O_WRONLY { return "standard input" }
        if output < 0 || output & O_ACCMODE == O_RDONLY { return "standard output" }
        return nil
    }

    /// First thing in a program: where a standard stream is closed, /dev/null takes its place. Otherwise the next file that
    /// is opened would become it, and log lines would go there.
    package static func fillStandardStreams() { _ = sp_fill_standard_streams() }

    /// Closes what somebody left open for us above the standard streams.
    package static func closeInheritedDescriptors() { sp_close_from(3) }

    /// The command line, the program's name first.
    package static var arguments: [String] { CommandLine.arguments }

    /// A variable of the environment; nil when it is not set.
    package static func environment(_ name: String) -> String? {
        // SAFETY: nothing in our programs changes the environment while this copies the value.
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// Starts a session of its own, out of reach of the terminal's signals; no effect on the leader of a group.
    package static func leaveSession() { _ = setsid() }

    package static var user: UInt32 { getuid() }

    /// The home directory of the user from the password database; nil when there is none.
    package static var homeDirectory: String? {
        // SAFETY: the record is read at once, in a program of one thread.
        guard let record = unsafe getpwuid(getuid()), let home = unsafe record.pointee.pw_dir else {
            return nil
        }
        return unsafe String(cString: home)
    }

    /// The login name of the user from the password database; nil when there is none.
    package static var userName: String? {
        // SAFETY: as above.
        guard let record = unsafe getpwuid(getuid()), let name = unsafe record.pointee.pw_name else {
            return nil
        }
        return unsafe String(cString: name)
    }

    /// Ends the program at once, without clean-up handlers.
    package static func exitNow(_ status: Int32) -> Never { _exit(status) }
}

/// Standard error, written directly.
package enum StandardError {
    /// Writes all of `text`; failures have nowhere to go.
    package static func write(_ text: String) { StandardStream.write(text, to: 2) }

    package static var isTerminal: Bool { sp_fd_is_terminal(2) == 1 }
}

/// Standard output for programs whose output is text.
package enum StandardOutput {
    /// Writes all of `text`; false when it could not be written.
    @discardableResult
    package static func write(_ text: String) -> Bool { StandardStream.write(text, to: 1) }

    /// Writes all of `bytes`, without a copy.
    package static func write(_ bytes: Span<UInt8>) throws(SystemError) {
        let stream = FileDescriptor(owning: 1)
        let written = Result { () throws(SystemError) in try stream.writeAll(bytes) }
        _ = stream.release()
        try written.get()
    }
}

private enum StandardStream {
    @discardableResult
    static func write(_ text: String, to number: Int32) -> Bool {
        let bytes = Array(text.utf8)
        // Borrowed: the process keeps its standard streams.
        let stream = FileDescriptor(owning: number)
        let written: Bool
        do throws(SystemError) {
            try stream.writeAll(bytes.span)
            written = true
        } catch {
            written = false
        }
        _ = stream.release()
        return written
    }
}

/// The array of C strings, closed by a null pointer, that exec(3) and getopt(3) want.
@safe final class CStringArray {
    // SAFETY: made and freed by this class alone; getopt may reorder the pointers in between.
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    let count: Int

    init(_ strings: [String]) {
        count = strings.count
        unsafe pointers = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { unsafe pointers[index] = strdup(string) }
        unsafe pointers[strings.count] = nil
    }

    /// The string at `index`; empty outside the range.
    func string(_ index: Int) -> String {
        guard index >= 0, index < count, let text = unsafe pointers[index] else { return "" }
        return unsafe String(cString: text)
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }
}
