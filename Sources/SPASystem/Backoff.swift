/// When to do, or to try again, what can fail: after each failure in a row it waits longer, from a second up to half a minute
/// where nothing else is said. A plain value: it reads no clock.
package struct Backoff: Sendable {
    /// On the boot clock, in nanoseconds; nil when there is nothing to do.
    package private(set) var due: Int64?
    /// Why the last try failed; nil once one went well.
    package private(set) var reason: String?
    /// When the first failure of this row came; nil where the last try went well.
    package private(set) var failing: Int64?
    private var pause: Int64
    private let shortest: Int64, longest: Int64

    package init(
        due: Int64? = nil, shortest: Int64 = 1_000_000_000, longest: Int64 = 30_000_000_000
    ) {
        (self.due, self.shortest, self.longest, pause) = (due, shortest, longest, shortest)
    }

    /// Asks for it; a pause that runs is not cut short.
    package mutating func ask(at moment: Int64) { if due == nil { due = moment } }

    /// A try begins.
    package mutating func begin() { due = nil }

    package mutating func failed(_ reason: String, at moment: Int64) {
        self.reason = reason
        failing = failing ?? moment
        due = moment + pause
        pause = min(pause * 2, longest)
    }

    package mutating func succeeded() { (reason, failing, pause) = (nil, nil, shortest) }

    package func isDue(at moment: Int64) -> Bool { due.map { $0 <= moment } ?? false }
}
