import Testing

@testable import SPASystem

@Suite struct Backoffs {
    private let second: Int64 = 1_000_000_000

    @Test func pausesGrowUpToHalfAMinuteAndASuccessEndsThat() {
        var backoff = Backoff()
        var pauses: [Int64] = []
        for _ in 0..<7 {
            backoff.begin()
            backoff.failed("why", at: 10 * second)
            pauses.append((backoff.due ?? 0) / second - 10)
        }
        #expect(pauses == [1, 2, 4, 8, 16, 30, 30])
        #expect(backoff.reason == "why")
        backoff.begin()
        backoff.succeeded()
        #expect(backoff.due == nil)
        #expect(backoff.reason == nil)
        backoff.failed("again", at: 0)
        #expect(backoff.due == second)
    }

    @Test func askingDoesNotCutAPauseShort() {
        var backoff = Backoff()
        #expect(!backoff.isDue(at: .max))
        backoff.ask(at: 5)
        #expect(backoff.isDue(at: 5))
        #expect(!backoff.isDue(at: 4))
        backoff.begin()
        backoff.failed("why", at: 5)
        backoff.ask(at: 6)
        #expect(!backoff.isDue(at: 6))
        #expect(backoff.isDue(at: 5 + second))
    }
}
