import SPAPolicy
import Testing

@Suite struct TokenBuckets {
    private func taken(_ bucket: inout TokenBucket, at moment: Int64, tries: Int = 1000) -> Int {
        (0..<tries).filter { _ in bucket.take(at: moment) }.count
    }

    @Test func aMinutesWorthIsThereAtOnce() {
        var bucket = TokenBucket(perMinute: 60)
        #expect(taken(&bucket, at: 0) == 60)
        #expect(taken(&bucket, at: 0) == 0)
    }

    @Test func itFillsWithTimeUpToTheMinutesWorth() {
        var bucket = TokenBucket(perMinute: 60)
        _ = taken(&bucket, at: 0)
        #expect(taken(&bucket, at: 999_000_000) == 0)
        #expect(taken(&bucket, at: 1_001_000_000) == 1)
        #expect(taken(&bucket, at: 11_002_000_000) == 10)
        #expect(taken(&bucket, at: .max) == 60)
    }

    @Test func aClockThatGoesBackGivesNothing() {
        var bucket = TokenBucket(perMinute: 2)
        #expect(taken(&bucket, at: 60_000_000_000) == 2)
        #expect(taken(&bucket, at: 0) == 0)
        #expect(taken(&bucket, at: 60_000_000_000) == 0)
    }

    @Test func rateAndBurstAreTwoThings() {
        var bucket = TokenBucket(perSecond: 10, burst: 50)
        #expect(taken(&bucket, at: 0) == 50)
        #expect(taken(&bucket, at: 99_000_000) == 0)
        #expect(taken(&bucket, at: 1_000_000_000) == 10)
        #expect(taken(&bucket, at: 0) == 0)
        #expect(taken(&bucket, at: .max) == 50)
    }

    @Test func noRateIsNothing() {
        var bucket = TokenBucket(perMinute: 0)
        #expect(taken(&bucket, at: 600_000_000_000) == 0)
    }

    /// Rate before, tokens taken, rate after, and what can be taken at once then.
    static let changes: [(before: UInt32, taken: Int, after: UInt32, left: Int)] = [
        (0, 0, 10, 10), (10, 0, 4, 4), (10, 8, 4, 2), (10, 10, 100, 0), (10, 0, 0, 0), (10, 5, 10, 5),
    ]

    @Test("A new rate does not refill what was used", arguments: changes)
    func rate(_ before: UInt32, _ used: Int, _ after: UInt32, _ left: Int) {
        var bucket = TokenBucket(perMinute: before)
        #expect(taken(&bucket, at: 0, tries: used) == used)
        bucket.setRate(perMinute: after)
        #expect(taken(&bucket, at: 0) == left)
    }
}
