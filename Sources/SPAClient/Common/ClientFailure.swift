/// How our client programs end; the numbers are part of their interface (see the manual pages).
package enum ClientStatus: Int32, Sendable, CaseIterable {
    case success = 0
    /// Anything without a number of its own, such as a connection that is lost later.
    case other = 1
    case usage = 64
    /// rc file, keys, or a request that contradicts them.
    case configuration = 65
    case noStanza = 66
    case lookup = 67
    /// Our own public address could not be found.
    case noPublicAddress = 68
    case knockNotSent = 69
    /// The knock went out and the port stayed silent.
    case nothingOpened = 70
    /// The port was silent at first and refuses now: the door is open, the service is not there.
    case serviceRefuses = 71
    /// The names were not looked up in time.
    case lookupDeadline = 72
    /// The port refused from the first attempt on.
    case refusedThroughout = 73
    /// Standard input or output, which the connection is for, is not open.
    case streamMissing = 74
}

/// Why a client program gives up: its exit status, and one line that says what is wrong and what to do. Never holds a key.
package struct ClientFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let status: ClientStatus
    /// `reason; what to do`.
    package let reason: String

    package init(_ status: ClientStatus, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    package var description: String { reason }
}
