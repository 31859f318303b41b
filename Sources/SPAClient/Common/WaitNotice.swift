/// One line for somebody at a terminal who has waited longer than usual; nothing for a program that reads standard error.
package struct WaitNotice: Sendable {
    /// Nanoseconds before it is said.
    package static let patience: Int64 = 2_000_000_000

    private let subject: String
    private let start: Int64
    private var isDue: Bool

    /// For a wait since `start` (nanoseconds of some clock). `isWanted` false never says anything.
    package init(subject: String, start: Int64, isWanted: Bool) {
        (self.subject, self.start, isDue) = (subject, start, isWanted)
    }

    /// The line when it is time for it, once.
    package mutating func line(now: Int64, knocks: Int) -> String? {
        guard isDue, now - start >= WaitNotice.patience else { return nil }
        isDue = false
        return
            "spa-proxy: \(subject): still waiting for the door (knocked \(knocks) time\(knocks == 1 ? "" : "s"))\n"
    }
}
