internal import SPABytes

/// The time of a Date field: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7, the preferred form).
package enum HTTPDate {
    /// In seconds since 1970; nil for any other form, or a moment before 1970 or after 9999.
    package static func seconds(_ text: String) -> Int64? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, days.contains(words[0]), words[5] == "GMT",
            let day = number(words[1], 2, in: 1...31), let month = months.firstIndex(of: words[2]),
            let year = number(words[3], 4, in: 1970...9999)
        else { return nil }
        let time = words[4].split(separator: ":", omittingEmptySubsequences: false)
        // 60 is a leap second.
        guard time.count == 3, let hour = number(time[0], 2, in: 0...23),
            let minute = number(time[1], 2, in: 0...59), let second = number(time[2], 2, in: 0...60)
        else { return nil }
        return ((days(year, month + 1, day) * 24 + hour) * 60 + minute) * 60 + second
    }

    private static let days: [Substring] = ["Mon,", "Tue,", "Wed,", "Thu,", "Fri,", "Sat,", "Sun,"]
    private static let months: [Substring] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func number(_ text: Substring, _ width: Int, in range: ClosedRange<Int64>) -> Int64? {
        guard text.utf8.count == width, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int64(text), range.contains(value)
        else { return nil }
        return value
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that start in March, so that the leap
    /// day is the last one of its year.
    private static func days(_ year: Int64, _ month: Int, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * Int64(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
