// Unsafe rim: reads errno and the C library's texts.
internal import CSallyportShims
internal import Glibc

/// A call to the system that failed.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call, and its object where one is known: `open /etc/spad.conf`.
    package let call: String
    /// The number from errno(3).
    package let code: Int32

    package init(call: String, code: Int32) {
        (self.call, self.code) = (call, code)
    }

    /// The system's words for the number, without the call: `Permission denied`.
    package var reason: String { SystemError.text(code) }

    package var description: String { "\(call): \(reason)" }

    /// The system's words for an error number.
    package static func text(_ code: Int32) -> String {
        // SAFETY: the shim returns a constant text that ends in NUL.
        unsafe String(cString: sp_error_text(code))
    }

    /// What the last call of this thread left in errno; to be taken before any other call.
    static func last(_ call: String) -> SystemError {
        let code = errno
        return SystemError(call: call, code: code)
    }
}

/// The error numbers that callers tell apart.
package enum ErrorCode {
    package static let notPermitted = EPERM
    package static let notFound = ENOENT
    package static let interrupted = EINTR
    package static let accessDenied = EACCES
    package static let exists = EEXIST
    package static let linkLoop = ELOOP
    package static let wouldBlock = EAGAIN
    package static let invalid = EINVAL
    package static let brokenPipe = EPIPE
    package static let connectionReset = ECONNRESET
    package static let connectionRefused = ECONNREFUSED
    package static let hostUnreachable = EHOSTUNREACH
    package static let networkUnreachable = ENETUNREACH
    package static let timedOut = ETIMEDOUT
    package static let inProgress = EINPROGRESS
    package static let tooManyFiles = EMFILE
    package static let noSpace = ENOSPC
    package static let fileTooLarge = EFBIG
    package static let notEmpty = ENOTEMPTY
    package static let noChild = ECHILD
    package static let noProcess = ESRCH
    package static let noBuffers = ENOBUFS
    package static let noMemory = ENOMEM
}
