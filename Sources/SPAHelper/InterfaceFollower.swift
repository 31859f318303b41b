internal import SPAChannel

/// Follows the interface that the configuration names through what may become of it. Decides; acts through what it returns.
///
/// The name counts: whatever has it now is captured from. While nothing has it, an interface that had it and was renamed is
/// kept.
struct InterfaceFollower {
    /// What the kernel says right now.
    struct View: Equatable {
        struct Interface: Equatable {
            let number: Int32, name: String, isUp: Bool
        }
        /// The one that has the configured name.
        var wanted: Interface?
        /// The one that the capture is bound to.
        var bound: Interface?
    }

    /// What follows from a look.
    struct Step: Equatable {
        /// The interface to bind to, where it is another than before.
        var bind: Int32?
        /// What to tell.
        var news: News?
    }

    struct News: Equatable {
        let state: CaptureState
        /// Changes before this one that were not told, because there were too many.
        let untold: UInt32
    }

    let configured: String
    private var latest: CaptureState?
    /// Changes that are not told yet.
    private var pending: UInt32 = 0
    /// News told since `windowStart`, a moment of the boot clock.
    private var tellings = 0
    private var windowStart: Int64 = 0

    /// So many news are told in a window; the last state always is, when the window is over.
    static let limit = 10
    /// In nanoseconds.
    static let window: Int64 = 60_000_000_000

    init(configured: String) { self.configured = configured }

    /// When to look again although nothing happened; nil while nothing waits to be told.
    var nextLook: Int64? { pending > 0 ? windowStart + InterfaceFollower.window : nil }

    mutating func look(_ view: View, at moment: Int64) -> Step {
        let state: CaptureState
        var step = Step()
        if let wanted = view.wanted {
            if view.bound?.number != wanted.number { step.bind = wanted.number }
            state = wanted.isUp ? .up(configured) : .down(configured)
        } else if let bound = view.bound {
            state = bound.isUp ? .up(bound.name) : .down(bound.name)
        } else {
            state = .missing
        }
        // Another interface under the same name is news as well: it was gone in between.
        if state != latest || step.bind != nil { pending = pending == .max ? .max : pending + 1 }
        latest = state
        step.news = pendingNews(at: moment)
        return step
    }

    private mutating func pendingNews(at moment: Int64) -> News? {
        guard pending > 0, let state = latest else { return nil }
        if moment - windowStart >= InterfaceFollower.window { (windowStart, tellings) = (moment, 0) }
        guard tellings < InterfaceFollower.limit else { return nil }
        tellings += 1
        defer { pending = 0 }
        return News(state: state, untold: pending - 1)
    }
}
