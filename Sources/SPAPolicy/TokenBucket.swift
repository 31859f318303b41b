/// At most so many on average, and so many at once: a budget that fills with time.
package struct TokenBucket: Sendable {
    private var perSecond: Double
    private var burst: Double
    private var tokens: Double
    private var last: Int64 = 0

    /// A full bucket: `burst` at once, and `perSecond` more in each second, up to `burst` again.
    package init(perSecond: Double, burst: Double) {
        (self.perSecond, self.burst, tokens) = (perSecond, burst, burst)
    }

    /// So many in any minute on average, with a minute's worth at once.
    package init(perMinute: UInt32) {
        self.init(perSecond: Double(perMinute) / 60, burst: Double(perMinute))
    }

    /// Sets a new rate; what is left of the old one's tokens stays, within the new limit, unless there was none.
    package mutating func setRate(perMinute rate: UInt32) {
        tokens = burst == 0 ? Double(rate) : min(tokens, Double(rate))
        (perSecond, burst) = (Double(rate) / 60, Double(rate))
    }

    /// Takes one; false when none is there.
    ///
    /// - Parameter moment: nanoseconds, from 0, of a clock that nobody sets. One that goes back gives nothing.
    package mutating func take(at moment: Int64) -> Bool {
        if moment > last {
            tokens = min(burst, tokens + Double(moment - last) / 1e9 * perSecond)
            last = moment
        }
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
