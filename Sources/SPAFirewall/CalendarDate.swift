/// A second since 1970 as the UTC date and time that `iptables -m time` takes (`2026-11-21T07:05:09`).
///
/// Days are turned into a civil date of the proleptic Gregorian calendar by counting 400-year cycles of 146097 days from
/// 1 March of the year 0, so that a leap day is the last day of its year.
package struct CalendarDate: Equatable, Sendable, CustomStringConvertible {
    package let year: Int64, month: Int64, day: Int64, hour: Int64, minute: Int64, second: Int64
    /// Seconds since 1970-01-01T00:00:00Z, 0 to the end of the year 9999.
    package let epoch: Int64

    /// - Parameter epoch: seconds since 1970-01-01T00:00:00Z, clamped to the years 1970 to 9999.
    package init(epoch: Int64) {
        let epoch = min(max(epoch, 0), 253_402_300_799)
        self.epoch = epoch
        let (days, rest) = epoch.quotientAndRemainder(dividingBy: 86_400)
        let shifted = days + 719_468
        let (cycle, dayOfCycle) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
    }

    package var description: String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))T\(two(hour)):\(two(minute)):\(two(second))"
    }

    /// Reads what ``description`` writes, and nothing else; nil for a date that the calendar does not have.
    package init?(_ text: String) {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard text.utf8.count == 19, parts.count == 2 else { return nil }
        let numbers = (parts[0].split(separator: "-") + parts[1].split(separator: ":")).compactMap {
            Int64($0)
        }
        guard numbers.count == 6, (1970...9999).contains(numbers[0]), (1...12).contains(numbers[1]) else {
            return nil
        }
        // Years of the reckoning that begins in March, as above.
        let year = numbers[1] <= 2 ? numbers[0] - 1 : numbers[0]
        let marchMonth = (numbers[1] + 9) % 12
        let dayOfYear = (153 * marchMonth + 2) / 5 + numbers[2] - 1
        let dayOfCycle = year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + dayOfYear
        let days = year / 400 * 146_097 + dayOfCycle - 719_468
        self.init(epoch: days * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5])
        // Whatever lies outside the calendar comes out as another date than it went in.
        guard description == text else { return nil }
    }
}
