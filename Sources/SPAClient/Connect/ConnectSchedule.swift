package import SPAConfig

/// When the connection attempts that follow a knock start, and when the next knock is due.
///
/// Attempts overlap: the first to complete wins, and none is given up for the next, because behind a long path an attempt
/// that is closed after 25 ms is closed before its answer can be back. Times in nanoseconds after the knock.
package struct ConnectSchedule: Hashable, Sendable {
    /// Open at the same time; beyond that the oldest is closed.
    package static let maximumOpen = 24

    /// The server takes 1 to 2 ms from knock to rule; a SYN that comes sooner is lost for good.
    package static let firstDelay: Int64 = 3 * millisecond

    /// Between the first attempts of one address and the next address of the same host (RFC 8305 section 5 allows 100 ms).
    package static let addressStagger: Int64 = 100 * millisecond

    private static let millisecond: Int64 = 1_000_000
    private static let longestStep: Int64 = 250 * millisecond

    /// The waits after the first attempts, in milliseconds; what follows grows by `growth` quarters to 250.
    private let firstSteps: [Int64]
    private let growth: Int64

    /// The pace for a server of this kind.
    ///
    /// Ours opens at once or never: a few attempts close together for a hiccup, then distances that double, since each
    /// attempt that is not needed is a SYN for somebody's statistics. A stock fwknopd looks at its packets ten times a
    /// second: an attempt every 25 ms until a quarter of a second has passed.
    package init(for server: ServerKind) {
        switch server {
        case .sallyport: (firstSteps, growth) = ([6, 12, 25], 4)
        case .fwknop: (firstSteps, growth) = ([6, 12, 25, 25, 25, 25, 25, 25, 25, 25], 1)
        }
    }

    /// The wait between attempt `number` (from 0) and the one after it.
    package func step(after number: Int) -> Int64 {
        if number < firstSteps.count { return firstSteps[max(number, 0)] * Self.millisecond }
        var step = 25 * Self.millisecond
        for _ in firstSteps.count...number {
            step += step / 4 * growth
            if step >= Self.longestStep { return Self.longestStep }
        }
        return step
    }

    /// The wait between knock `number` (from 0) and the one after it: 1, 2, 4, then always 4 seconds. UDP gets lost.
    package static func knockStep(after number: Int) -> Int64 {
        1000 * millisecond << Int64(min(max(number, 0), 2))
    }
}
