/// One packet that was seen, with the date that it carries.
package struct ReplayRecord: Hashable, Sendable {
    package let key: ReplayKey
    /// The packet's own date in seconds since 1970.
    package let timestamp: Int64

    package init(key: ReplayKey, timestamp: Int64) { (self.key, self.timestamp) = (key, timestamp) }
}

/// Every packet that may not be accepted again.
///
/// The property that all else serves: a packet that was recorded once is either still listed, or dated at or before the
/// ``floor``. Neither depends on the clock, so it holds when the clock is set back.
package struct ReplayMemory: Sendable {
    private var seen: [ReplayKey: Int64] = [:]
    /// Packets dated at or before this second are refused, whatever they are (seconds since 1970).
    package private(set) var floor: Int64

    package init(floor: Int64 = .min) { self.floor = floor }

    package var count: Int { seen.count }

    /// The latest date of any packet that was ever recorded here, or nil.
    package private(set) var latest: Int64?

    package func contains(_ key: ReplayKey) -> Bool { seen[key] != nil }

    package mutating func insert(_ record: ReplayRecord) {
        seen[record.key] = record.timestamp
        latest = max(latest ?? .min, record.timestamp)
    }

    /// Forgets packets dated before `date`; the floor rises to the latest date forgotten, and no higher, so that a clock
    /// that was wrong for a moment cannot lock out honest packets.
    package mutating func forget(before date: Int64) {
        for (key, timestamp) in seen where timestamp < date {
            seen[key] = nil
            floor = max(floor, timestamp)
        }
    }

    /// Forgets the oldest packets until at most `limit` are left.
    package mutating func shrink(to limit: Int) {
        guard seen.count > limit else { return }
        let dates = seen.values.sorted()
        // Packets of one second go together: the floor is a date.
        let (date, overflow) = dates[dates.count - limit - 1].addingReportingOverflow(1)
        forget(before: overflow ? .max : date)
    }

    /// Raises the floor to `date` if that is later.
    package mutating func raiseFloor(to date: Int64) { floor = max(floor, date) }

    /// All records, in no order.
    package var records: [ReplayRecord] { seen.map { ReplayRecord(key: $0.key, timestamp: $0.value) } }
}
