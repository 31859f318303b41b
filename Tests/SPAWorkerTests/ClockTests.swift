import Testing

@testable import SPAWorker

@Suite struct Clocks {
    static let rows: [(now: Int64, latest: Int64?, missing: Int64?)] = [
        (ClockCheck.earliest, nil, nil), (ClockCheck.earliest - 1, nil, ClockCheck.earliest),
        (0, nil, ClockCheck.earliest), (.min, nil, ClockCheck.earliest), (.max, nil, nil),
        (1_800_000_000, 1_800_086_400, nil), (1_799_999_999, 1_800_086_400, 1_800_000_000),
        (1_800_000_000, 1, nil), (1_800_000_000, .min, nil), (1_800_000_000, .max, .max - 86_400),
    ]

    @Test("A clock before 2025, or a day behind the latest packet, is plainly wrong", arguments: rows)
    func missing(_ now: Int64, _ latest: Int64?, _ missing: Int64?) {
        #expect(ClockCheck.missing(now: now, latest: latest) == missing)
    }
}
