internal import SPABytes

/// Readers of the date on which a stanza dies.
enum ExpiryReader {
    /// ACCESS_EXPIRE, `MM/DD/YYYY`: the start of that day in UTC, in seconds since 1970.
    ///
    /// fwknop takes the local midnight of the machine. A file that means the same everywhere is worth more here than the
    /// hours between; ACCESS_EXPIRE_EPOCH names the second.
    static func date(_ value: Span<UInt8>) throws(ValueFault) -> Int64 {
        let wrong = ValueFault("not a date MM/DD/YYYY, as in 12/31/2030, the year with four digits")
        guard value.count == 10, value[2] == UInt8(ascii: "/"), value[5] == UInt8(ascii: "/"),
            let month = twoDigits(value, 0), let day = twoDigits(value, 3),
            let century = twoDigits(value, 6), let rest = twoDigits(value, 8)
        else { throw wrong }
        let year = century * 100 + rest
        guard year >= 1970 else {
            throw ValueFault("the year lies before 1970; the stanza would never be valid", at: 6)
        }
        guard (1...12).contains(month) else {
            throw ValueFault("there is no month \(month); write MM/DD/YYYY")
        }
        guard day >= 1, day <= daysOf(month: month, year: year) else {
            throw ValueFault("there is no day \(day) in that month; write MM/DD/YYYY", at: 3)
        }
        return Int64(daysSince1970(year: year, month: month, day: day)) * 86400
    }

    /// ACCESS_EXPIRE_EPOCH: seconds since 1970; 0 means "never" to fwknop and is refused.
    static func epoch(_ value: Span<UInt8>) throws(ValueFault) -> Int64 {
        guard let seconds = Decimal.parse(value, in: 1...253_402_300_799) else {
            throw ValueFault("not a count of seconds since 1970 from 1 on; leave the line out for `never`")
        }
        return Int64(seconds)
    }

    private static func twoDigits(_ value: Span<UInt8>, _ offset: Int) -> Int? {
        let tens = Int(value[offset]) - 0x30
        let ones = Int(value[offset + 1]) - 0x30
        guard (0...9).contains(tens), (0...9).contains(ones) else { return nil }
        return tens * 10 + ones
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func daysOf(month: Int, year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        var days = day - 1
        for earlier in 1970..<year { days += isLeap(earlier) ? 366 : 365 }
        for earlier in 1..<month { days += daysOf(month: earlier, year: year) }
        return days
    }
}
