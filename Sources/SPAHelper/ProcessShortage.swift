internal import SPASystem

/// The kernel starts no further process, for want of numbers or of memory. That is nobody's refusal: it is tried again, each
/// time a little later, until it goes.
struct ProcessShortage {
    private var backoff = Backoff(shortest: 250_000_000, longest: 5_000_000_000)

    /// When to try again, on the boot clock; nil when nothing is held up.
    var due: Int64? { backoff.due }

    /// What is lacking, in words; nil once a process was started again.
    var reason: String? { backoff.reason }

    /// Whether it is too early for another try.
    mutating func holds(at moment: Int64) -> Bool {
        guard backoff.due != nil else { return false }
        guard backoff.isDue(at: moment) else { return true }
        backoff.begin()
        return false
    }

    mutating func isOver() { backoff.succeeded() }

    /// Takes a failed start in; false when it failed for another reason, for which another try is no help.
    mutating func take(_ error: SystemError, at moment: Int64) -> Bool {
        guard ProcessShortage.isCause(of: error) else { return false }
        backoff.failed(ProcessShortage.words(error), at: moment)
        return true
    }

    static func isCause(of error: SystemError) -> Bool {
        error.code == ErrorCode.wouldBlock || error.code == ErrorCode.noMemory
    }

    /// The failure, and where it may come from; without the tool, since it is the same for all.
    static func words(_ error: SystemError) -> String {
        error.code == ErrorCode.wouldBlock
            ? "\(error.reason); it may be RLIMIT_NPROC, the number of processes of the helper's user, with those that ended and that"
                + " nobody reaped, or pids.max of its control group"
            : error.reason
    }
}
