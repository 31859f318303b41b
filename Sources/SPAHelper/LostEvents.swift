internal import SPAChannel

/// How many events of each kind the supervisor did not take.
struct LostEvents: CustomStringConvertible {
    private var grants: UInt64 = 0, refusals: UInt64 = 0, removals: UInt64 = 0, messages: UInt64 = 0

    var isEmpty: Bool { grants == 0 && refusals == 0 && removals == 0 && messages == 0 }

    /// Counts an event that is a line of the log; false for a change of state, which must not be lost.
    mutating func count(_ event: HelperEvent) -> Bool {
        switch event {
        case .granted: grants += 1
        case .refused: refusals += 1
        case .expired, .narrowed: removals += 1
        case .message: messages += 1
        case .ready, .committed, .capture, .waiting, .stopped: return false
        }
        return true
    }

    /// A line for the log.
    var description: String {
        let kinds = [
            (grants, "added rules"), (removals, "removed rules"), (refusals, "refused requests"),
            (messages, "messages"),
        ]
        let parts = kinds.filter { $0.0 > 0 }.map { "\($0.0) lines about \($0.1)" }
        return "\(parts.joined(separator: ", ")) were lost while spad stood still"
    }
}
