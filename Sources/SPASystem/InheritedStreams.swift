// Unsafe rim: dup2(2) onto the standard streams.
internal import CSallyportShims
internal import Glibc

/// The streams that this process was started with.
package enum InheritedStreams {
    /// Makes the open descriptor `number` standard input and output as well, and closes the original where that is
    /// neither.
    package static func becomeInputAndOutput(_ number: Int32) throws(SystemError) {
        for target: Int32 in 0...1 {
            guard dup2(number, target) >= 0 else { throw SystemError.last("dup2") }
        }
        if number > 2 { _ = Glibc.close(number) }
    }

    /// Where standard error is the peer's own socket, as inetd leaves it: what is written there goes to the system log
    /// from now on, or nowhere where there is none. Each write is one message.
    package static func keepErrorsFromPeer() {
        guard SocketFacts.areOneSocket(2, 0) || SocketFacts.areOneSocket(2, 1) else { return }
        // SAFETY: the call copies the path.
        let log = unsafe sp_connect_datagram("/dev/log")
        guard log >= 0 else { return dropErrors() }
        // A full log holds nobody up.
        _ = sp_fd_set_nonblocking(log, 1)
        replaceErrors(with: log)
    }

    /// What is written to standard error goes nowhere from now on, and whoever reads it sees its end.
    package static func dropErrors() {
        replaceErrors(with: unsafe Glibc.open("/dev/null", O_WRONLY | O_CLOEXEC))
    }

    private static func replaceErrors(with number: Int32) {
        // Better no program than one that talks into somebody's connection.
        guard number >= 0, dup2(number, 2) >= 0 else { CurrentProcess.exitNow(1) }
        if number > 2 { _ = Glibc.close(number) }
    }

    /// The number of descriptors that a service manager passes from number 3 on (LISTEN_FDS); nil where it passes none
    /// to this process.
    package static var passedCount: Int? {
        guard CurrentProcess.environment("LISTEN_PID") == String(CurrentProcess.id),
            let count = CurrentProcess.environment("LISTEN_FDS").flatMap({ Int($0) }), count > 0
        else { return nil }
        return count
    }

    /// The number of the first descriptor that a service manager passes.
    package static let firstPassed: Int32 = 3
}
