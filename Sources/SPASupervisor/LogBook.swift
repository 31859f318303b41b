internal import SPAPolicy
internal import SPASystem

/// Writes log lines, within a budget for each kind that strangers can cause, and tells what it left out.
struct LogBook {
    /// Kinds with a budget of their own, so that one does not silence another.
    enum Kind: Hashable, CaseIterable {
        /// Doors that opened and closed: all of them. MAX_GRANTS_PER_MINUTE is their bound.
        case grant
        /// Starts, ends, accepted packets.
        case event
        /// Refused packets that carried a valid HMAC.
        case refusal
        /// Everything that anybody can send and that looks like a packet.
        case noise
        /// What does not even look like one.
        case garbage

        /// What its lines are about.
        var subject: String {
            switch self {
            case .grant: "opened and closed doors"
            case .event: "accepted packets and events"
            case .refusal: "refused packets with a valid HMAC"
            case .noise: "packets of strangers"
            case .garbage: "what is no packet"
            }
        }
    }

    /// What is still to be told, and when.
    struct Rest {
        /// Nanoseconds until it is due; nil when nothing is left.
        var patience: Int64?
        /// A descriptor that has to become writable first.
        var stuck: Int32?
    }

    private struct Budget {
        var bucket: TokenBucket
        var suppressed: UInt64 = 0
        /// When the number is to be told by itself.
        var due: Int64 = .max

        init(perSecond: Double, burst: Double) { bucket = TokenBucket(perSecond: perSecond, burst: burst) }

        mutating func take(at moment: Int64) -> Bool {
            bucket.take(at: moment)
        }
    }

    /// Takes the finished text, line ends included.
    private let output: (String) -> Void
    /// Standard error, which is never waited for long; none in tests.
    private let stream: LogStream?

    /// - Parameter output: another place than standard error.
    init(output: @escaping (String) -> Void) { (self.output, stream) = (output, nil) }

    init(stream: LogStream = LogStream()) { (output, self.stream) = (stream.write, stream) }

    /// Without an entry: no limit.
    private var budgets: [Kind: Budget] = [
        .event: Budget(perSecond: 200, burst: 2000), .refusal: Budget(perSecond: 5, burst: 50),
        .noise: Budget(perSecond: 1, burst: 20), .garbage: Budget(perSecond: 1, burst: 20),
    ]

    /// Writes `line`, or counts it. `moment` is the boot clock's.
    mutating func write(_ line: String, _ kind: Kind = .event, at moment: Int64 = BootClock.now()) {
        guard budgets[kind]?.take(at: moment) ?? true else {
            return addSuppressed(1, kind, at: moment)
        }
        tell(kind)
        output(LogBook.printable(line) + "\n")
    }

    /// Longest time that a number waits for a line of its kind before it is told by itself, in nanoseconds.
    static let interval: Int64 = 5_000_000_000

    /// Tells what was left out an ``interval`` ago, and says when to come again.
    mutating func catchUp(at moment: Int64) -> Rest {
        var rest = Rest(patience: nil, stuck: stream?.catchUp())
        for kind in Kind.allCases {
            guard let budget = budgets[kind], budget.suppressed > 0 else { continue }
            if budget.due <= moment {
                tell(kind)
            } else {
                rest.patience = min(rest.patience ?? .max, budget.due - moment)
            }
        }
        return rest
    }

    /// Tells all that was left out: nobody comes again.
    mutating func finish() {
        for kind in Kind.allCases { tell(kind) }
        _ = stream?.catchUp()
    }

    private mutating func tell(_ kind: Kind) {
        guard let suppressed = budgets[kind]?.suppressed, suppressed > 0 else { return }
        budgets[kind]?.suppressed = 0
        output("(\(suppressed) lines about \(kind.subject) were left out)\n")
    }

    /// Counts records that were left out elsewhere.
    mutating func addSuppressed(_ count: UInt64, _ kind: Kind, at moment: Int64 = BootClock.now()) {
        guard count > 0 else { return }
        if budgets[kind]?.suppressed == 0 { budgets[kind]?.due = moment + LogBook.interval }
        let sum = (budgets[kind]?.suppressed ?? 0).addingReportingOverflow(count)
        budgets[kind]?.suppressed = sum.overflow ? .max : sum.partialValue
    }

    /// The line with everything but printable ASCII replaced: names in packets are strangers' text.
    static func printable(_ line: String) -> String {
        guard !line.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else { return line }
        return String(
            String.UnicodeScalarView(line.unicodeScalars.map { (0x20...0x7e).contains($0.value) ? $0 : "?" }))
    }
}
