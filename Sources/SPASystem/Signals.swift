// Unsafe rim: signalfd(2) and the dispositions of signals.
internal import CSallyportShims
internal import Glibc

/// The signals that our programs act on, by their numbers on Linux.
package enum Signal: Int32, Sendable, CaseIterable {
    case hangUp = 1
    case interrupt = 2
    case quit = 3
    case kill = 9
    case user1 = 10
    case user2 = 12
    case terminate = 15
    case child = 17

    /// Sends the signal to a process that this program started, or asks with nil whether it may.
    package static func send(_ signal: Signal?, to process: Int32) throws(SystemError) {
        guard process > 0, Glibc.kill(process, signal?.rawValue ?? 0) == 0 else {
            throw process > 0 ? SystemError.last("kill") : SystemError(call: "kill", code: EINVAL)
        }
    }
}

/// Signals as something to read: blocked, and taken one by one from a descriptor.
package struct SignalDescriptor: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    package init(_ signals: [Signal]) throws(SystemError) {
        let numbers = signals.map(\.rawValue)
        // SAFETY: pointer and count describe the same array.
        let result = unsafe numbers.withUnsafeBufferPointer { unsafe sp_signalfd($0.baseAddress, $0.count) }
        descriptor = try FileDescriptor(result: result, of: "signalfd")
    }

    /// The next signal that has come; nil when there is none.
    package borrowing func next() throws(SystemError) -> Signal? {
        let number = sp_signalfd_read(descriptor.number)
        guard number >= 0 else { throw SystemError.last("read signalfd") }
        return Signal(rawValue: number)
    }
}

/// How this process takes signals.
package enum SignalPolicy {
    /// Writing to a closed pipe is an error, not the end of the program.
    package static func ignoreBrokenPipe() { sp_ignore_sigpipe() }

    /// A child's end is kept until it is asked for, whatever the parent process of ours preferred. For a program's start:
    /// without it, nobody knows how a child ended, and its number may be somebody else's by then.
    package static func keepEndedChildren() { sp_default_sigchld() }

    /// Lets every signal through again.
    package static func unblockAll() throws(SystemError) {
        guard sp_unblock_all_signals() == 0 else { throw SystemError.last("sigprocmask") }
    }
}
