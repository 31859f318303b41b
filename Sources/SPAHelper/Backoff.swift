/// When to do, or to try again, what can fail: after each failure in a row it waits longer, from a second up to half a minute
/// where nothing else is said.
struct Backoff {
    /// On the boot clock, in nanoseconds; nil when there is nothing to do.
    private(set) var due: Int64?
    /// Why the last try failed; nil once one went well.
    private(set) var reason: String?
    private var pause: Int64
    private let shortest: Int64, longest: Int64

    init(due: Int64? = nil, shortest: Int64 = 1_000_000_000, longest: Int64 = 30_000_000_000) {
        (self.due, self.shortest, self.longest, pause) = (due, shortest, longest, shortest)
    }

    /// Asks for it; a pause that runs is not cut short.
    mutating func ask(at moment: Int64) { if due == nil { due = moment } }

    /// A try begins.
    mutating func begin() { due = nil }

    mutating func failed(_ reason: String, at moment: Int64) {
        self.reason = reason
        due = moment + pause
        pause = min(pause * 2, longest)
    }

    mutating func succeeded() { (reason, pause) = (nil, shortest) }

    func isDue(at moment: Int64) -> Bool { due.map { $0 <= moment } ?? false }
}
