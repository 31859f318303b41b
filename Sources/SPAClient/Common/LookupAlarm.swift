internal import SPASystem

/// The deadline over calls that wait inside the C library, where nothing else can end them.
enum LookupAlarm {
    /// From now on, the program ends itself at `deadline` (nanoseconds of the ``MonotonicClock``) with its one
    /// line; with the verdict of `--explain` where it `explains`.
    static func arm(
        program: String, subject: String, deadline: Int64, seconds: UInt32, explains: Bool = false
    ) throws(ClientFailure) {
        // A little later, so that what ends in time by itself can still say how.
        let left = max((deadline - MonotonicClock.now()) / 1_000_000 + 100, 1)
        let failure = ClientFailure(
            .lookupDeadline,
            "names were not looked up within \(seconds) s; check the resolver and the network")
        do {
            try Deadline.arm(
                milliseconds: UInt32(clamping: left),
                message: explains
                    ? Explanation.failure(failure, [.name]) : "\(program): \(subject): \(failure)\n",
                to: explains ? .standardOutput : .standardError, status: failure.status.rawValue)
        } catch {
            throw ClientFailure(.other, "\(error); nothing is tried without a deadline, try again")
        }
    }

    static func disarm() { try? Deadline.disarm() }
}
