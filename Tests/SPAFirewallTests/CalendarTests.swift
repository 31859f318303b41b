import SPAFirewall
import Testing

@Suite struct Calendar {
    static let dates: [(epoch: Int64, text: String)] = [
        (0, "1970-01-01T00:00:00"), (1, "1970-01-01T00:00:01"), (86_399, "1970-01-01T23:59:59"),
        (86_400, "1970-01-02T00:00:00"), (5_097_599, "1970-02-28T23:59:59"),
        (5_097_600, "1970-03-01T00:00:00"),
        (68_169_600, "1972-02-29T00:00:00"), (951_782_399, "2000-02-28T23:59:59"),
        (951_782_400, "2000-02-29T00:00:00"), (951_868_800, "2000-03-01T00:00:00"),
        (978_307_199, "2000-12-31T23:59:59"), (1_000_000_000, "2001-09-09T01:46:40"),
        (1_234_567_890, "2009-02-13T23:31:30"), (1_709_251_199, "2024-02-29T23:59:59"),
        (1_709_251_200, "2024-03-01T00:00:00"), (1_735_689_599, "2024-12-31T23:59:59"),
        (1_735_689_600, "2025-01-01T00:00:00"), (1_740_787_200, "2025-03-01T00:00:00"),
        (1_795_244_709, "2026-11-21T07:05:09"), (2_147_483_647, "2038-01-19T03:14:07"),
        (2_147_483_648, "2038-01-19T03:14:08"), (4_107_542_399, "2100-02-28T23:59:59"),
        (4_107_542_400, "2100-03-01T00:00:00"), (13_574_563_200, "2400-02-29T00:00:00"),
        (253_402_300_799, "9999-12-31T23:59:59"),
    ]

    @Test("Known seconds are written as their dates", arguments: dates)
    func known(_ epoch: Int64, _ text: String) { #expect(CalendarDate(epoch: epoch).description == text) }

    @Test("Dates are read as the seconds that they were written from", arguments: dates)
    func read(_ epoch: Int64, _ text: String) { #expect(CalendarDate(text)?.epoch == epoch) }

    @Test(
        "What is no date is not read",
        arguments: [
            "", "1970-01-01", "1970-01-01T00:00:60", "1970-01-01T00:60:00", "1970-01-01T24:00:00",
            "1970-01-00T00:00:00", "1970-01-32T00:00:00", "1970-00-01T00:00:00", "1970-13-01T00:00:00",
            "2025-02-29T00:00:00", "1969-12-31T23:59:59", "2026-11-21 07:05:09", "2026-11-21T07:05:9 ",
            "2026-11-21T7:05:009", "+970-01-01T00:00:00", "2026-11-21T07:05:09Z", "T",
            "9999-1-1T99999999:1:1",
        ])
    func noDate(_ text: String) { #expect(CalendarDate(text) == nil) }

    @Test func whatLiesOutsideIsClamped() {
        #expect(CalendarDate(epoch: -1) == CalendarDate(epoch: 0))
        #expect(CalendarDate(epoch: .min) == CalendarDate(epoch: 0))
        #expect(CalendarDate(epoch: .max).description == "9999-12-31T23:59:59")
    }

    @Test("Day follows day for 450 years, by a count that is made another way")
    func everyDay() {
        let lengths: [Int64] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var (year, month, day): (Int64, Int64, Int64) = (1970, 1, 1)
        for number in 0..<Int64(450 * 365) {
            let date = CalendarDate(epoch: number * 86_400 + 43_200)
            guard (date.year, date.month, date.day, date.hour) == (year, month, day, 12) else {
                Issue.record("day \(number) is \(date), not \(year)-\(month)-\(day)")
                return
            }
            guard CalendarDate(date.description) == date else {
                Issue.record("\(date) is not read back")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let length = month == 2 && isLeap ? 29 : lengths[Int(month) - 1]
            day += 1
            if day > length { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }
}
