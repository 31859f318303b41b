/// Sends messages over a connection that is never waited for, and knows when a try is worth it.
///
/// A kernel without memory for a message says so while the connection has room: no event tells when it has some, so it is
/// asked again after a pause that grows. Reads no clock.
package struct MessageOutlet: Sendable {
    /// What became of a message.
    package enum Outcome: Hashable, Sendable {
        case sent
        /// Not now: when poll(2) says that there is room, or at ``MessageOutlet/nextTry`` where that is set.
        case later
        case closed
        /// Never, whatever is waited for.
        case impossible(SystemError)

        /// Whether there is no use in sending it again. What nobody can be told is over as well: all that is behind it would
        /// wait for ever. A connection that is closed is noticed by who reads from it.
        package var isOver: Bool {
            switch self {
            case .sent, .impossible: true
            case .later, .closed: false
            }
        }
    }

    private var pause = Backoff(shortest: 10_000_000, longest: 1_000_000_000)

    package init() {}

    /// When to try again, on the boot clock, in nanoseconds; nil where room in the connection says when.
    package var nextTry: Int64? { pause.due }

    /// Since when the kernel has had no memory, and its words for that; nil where it had some at the last try.
    package var shortage: (start: Int64, reason: String)? {
        guard let start = pause.failing, let reason = pause.reason else { return nil }
        return (start, reason)
    }

    /// Tries to send one message by `transmit`, unless a pause runs. `moment` is the boot clock's.
    package mutating func send(
        at moment: Int64, through transmit: () throws(SystemError) -> MessageDeparture
    ) -> Outcome {
        if pause.due != nil, !pause.isDue(at: moment) { return .later }
        pause.begin()
        do throws(SystemError) {
            let departure = try transmit()
            pause.succeeded()
            switch departure {
            case .sent: return .sent
            case .wouldBlock: return .later
            case .closed: return .closed
            }
        } catch {
            guard error.code == ErrorCode.noBuffers || error.code == ErrorCode.noMemory else {
                return .impossible(error)
            }
            pause.failed(error.reason, at: moment)
            return .later
        }
    }
}
