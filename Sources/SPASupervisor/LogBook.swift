internal import SPAPolicy
internal import SPASystem

/// Writes log lines, within a budget for each kind that strangers can cause.
struct LogBook {
    /// Kinds with a budget of their own, so that one does not silence another.
    enum Kind: Hashable, CaseIterable {
        /// Starts, ends, grants: as many as there are.
        case event
        /// Refused packets that carried a valid HMAC.
        case refusal
        /// Everything that anybody can send.
        case noise
    }

    private struct Budget {
        var bucket: TokenBucket
        var suppressed: UInt64 = 0

        init(perSecond: Double, burst: Double) { bucket = TokenBucket(perSecond: perSecond, burst: burst) }

        mutating func take(at moment: Int64) -> Bool {
            if bucket.take(at: moment) { return true }
            suppressed += 1
            return false
        }
    }

    /// Takes the finished text, line ends included.
    private let output: (String) -> Void

    /// - Parameter output: standard error, which is never waited for long; another place in tests.
    init(output: @escaping (String) -> Void = LogStream().write) { self.output = output }

    private var budgets: [Kind: Budget] = [
        .event: Budget(perSecond: 200, burst: 2000), .refusal: Budget(perSecond: 5, burst: 50),
        .noise: Budget(perSecond: 1, burst: 20),
    ]

    /// Writes `line`, or counts it. `moment` is the boot clock's.
    mutating func write(_ line: String, _ kind: Kind = .event, at moment: Int64 = BootClock.now()) {
        guard budgets[kind]?.take(at: moment) == true else { return }
        let suppressed = budgets[kind]?.suppressed ?? 0
        if suppressed > 0 {
            budgets[kind]?.suppressed = 0
            output("(\(suppressed) similar lines were left out)\n")
        }
        output(LogBook.printable(line) + "\n")
    }

    /// Counts records that were left out elsewhere.
    mutating func addSuppressed(_ count: UInt64) {
        let sum = (budgets[.noise]?.suppressed ?? 0).addingReportingOverflow(count)
        budgets[.noise]?.suppressed = sum.overflow ? .max : sum.partialValue
    }

    /// The line with everything but printable ASCII replaced: names in packets are strangers' text.
    static func printable(_ line: String) -> String {
        guard !line.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else { return line }
        return String(
            String.UnicodeScalarView(line.unicodeScalars.map { (0x20...0x7e).contains($0.value) ? $0 : "?" }))
    }
}
