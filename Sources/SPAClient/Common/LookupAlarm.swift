internal import SPASystem

/// The deadline over calls that wait inside the C library, where nothing else can end them.
enum LookupAlarm {
    /// From now on, the program ends itself at `deadline` (nanoseconds of the ``MonotonicClock``) with its one line.
    static func arm(
        program: String, subject: String, deadline: Int64, seconds: UInt32
    ) throws(ClientFailure) {
        let left = max((deadline - MonotonicClock.now()) / 1_000_000, 1)
        let message =
            "\(program): \(subject): names were not looked up within \(seconds) s; check the resolver and the network\n"
        do {
            try Deadline.arm(
                milliseconds: UInt32(clamping: left), message: message,
                status: ClientStatus.lookupDeadline.rawValue)
        } catch {
            throw ClientFailure(.other, error.description)
        }
    }

    static func disarm() { try? Deadline.disarm() }
}
