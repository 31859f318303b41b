/// What somebody waits for.
package enum WaitPhase: Hashable, Sendable {
    /// The addresses of this host.
    case name(String)
    case ownAddress
    case door(knocks: Int)

    fileprivate var rank: Int {
        switch self {
        case .name: 0
        case .ownAddress: 1
        case .door: 2
        }
    }

    fileprivate var text: String {
        switch self {
        case .name(let host): "still looking up \(host)"
        case .ownAddress: "still finding out our public address"
        case .door(let knocks):
            "still waiting for the door (knocked \(knocks) time\(knocks == 1 ? "" : "s"))"
        }
    }
}

/// A line for somebody at a terminal who has waited longer than usual, one for each phase at most; nothing for a program that
/// reads standard error.
package struct WaitNotice: Sendable {
    /// Nanoseconds in silence before something is said.
    package static let patience: Int64 = 2_000_000_000

    private let subject: String
    private let isWanted: Bool
    /// Since when there has been silence: the start, or where something was said, the phase after it.
    private var silence: Int64
    private var phase: Int?
    private var hasSpoken = false

    /// For a wait since `start` (nanoseconds of some clock). `isWanted` false never says anything.
    package init(subject: String, start: Int64, isWanted: Bool) {
        (self.subject, silence, self.isWanted) = (subject, start, isWanted)
    }

    /// When the next line may be due; nil for none in this phase.
    package var due: Int64? { isWanted && !hasSpoken ? silence + WaitNotice.patience : nil }

    /// The line when it is time for it.
    package mutating func line(_ phase: WaitPhase, now: Int64) -> String? {
        guard isWanted else { return nil }
        if self.phase != phase.rank {
            if hasSpoken { (silence, hasSpoken) = (now, false) }
            self.phase = phase.rank
        }
        guard !hasSpoken, now - silence >= WaitNotice.patience else { return nil }
        hasSpoken = true
        return "spa-proxy: \(subject): \(phase.text)\n"
    }
}
