/// Whether the clock can be right at all. With a clock that is plainly wrong no packet's date means anything.
enum ClockCheck {
    /// 2025-01-01: this program is not older. A machine without a battery for its clock wakes up in 1970 or 2000.
    static let earliest: Int64 = 1_735_689_600
    /// How far behind the latest packet on record the clock may be, in seconds.
    static let tolerance: Int64 = 86_400

    /// The date that the clock must reach; nil when it reads one that can be right.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - latest: the latest date of a packet that was accepted.
    static func missing(now: Int64, latest: Int64?) -> Int64? {
        let floor = max(earliest, latest.map { $0 > .min + tolerance ? $0 - tolerance : $0 } ?? earliest)
        return now < floor ? floor : nil
    }
}
