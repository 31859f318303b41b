import SPAClient
import SPANet
import SPASystem
import Testing

private let millisecond: Int64 = 1_000_000

private func endpoints(_ texts: [String]) throws -> [InternetEndpoint] {
    try texts.map { InternetEndpoint(try #require(IPAddress($0)), port: 22) }
}

@Suite struct AnswersOfTheResolver {
    private func asked(isForOneKnock: Bool = false) -> NameAnswers {
        NameAnswers(asking: [.v4, .v6], isForOneKnock: isForOneKnock)
    }

    @Test func ofIPv6NeedNotBeWaitedForByAnybody() throws {
        var answers = asked()
        #expect(!answers.isReady(now: 0))
        answers.take(try endpoints(["2001:db8::1"]), .v6, now: 5)
        #expect(answers.isReady(now: 5))
        #expect(answers.due == nil)
        #expect(answers.waiting == [.v4])
    }

    @Test func ofIPv4WaitFiftyMillisecondsForThoseOfIPv6() throws {
        var answers = asked()
        answers.take(try endpoints(["192.0.2.1"]), .v4, now: 7)
        #expect(answers.due == 7 + 50 * millisecond)
        #expect(!answers.isReady(now: 6 + 50 * millisecond))
        #expect(answers.isReady(now: 7 + 50 * millisecond))
    }

    @Test func needNoAttentionOnceTheWaitIsOver() throws {
        for isForOneKnock in [false, true] {
            var answers = asked(isForOneKnock: isForOneKnock)
            answers.take(try endpoints(["192.0.2.1"]), .v4, now: 0)
            let due = try #require(answers.due)
            answers.endDelay(now: due - 1)
            #expect(answers.due == due)
            answers.endDelay(now: due)
            #expect(answers.due == nil)
            #expect(answers.isReady(now: due))
            #expect(answers.waiting == [.v6])
        }
    }

    @Test func areCompleteWithTheLast() throws {
        var answers = asked()
        answers.take(try endpoints(["192.0.2.1"]), .v4, now: 7)
        answers.take(failure: "refused", .v6)
        #expect(answers.isReady(now: 7))
        #expect(answers.due == nil)
        #expect(answers.failure == nil, "one family is enough")
        #expect(try answers.endpoints(preferring: .v6) == endpoints(["192.0.2.1"]))
    }

    @Test func mayStillComeAfterAFailureOfTheOtherFamily() throws {
        var answers = asked()
        answers.take(failure: "refused", .v4)
        #expect(!answers.isReady(now: .max))
        #expect(answers.failure == nil)
        #expect(answers.due == nil)
        answers.take(failure: "no such name", .v6)
        #expect(answers.failure == "refused")
    }

    @Test func forASingleKnockAreWaitedForLonger() throws {
        for (family, text) in [(AddressFamily.v4, "192.0.2.1"), (.v6, "2001:db8::1")] {
            var answers = asked(isForOneKnock: true)
            answers.take(try endpoints([text]), family, now: 0)
            #expect(answers.due == 1000 * millisecond)
            #expect(!answers.isReady(now: 999 * millisecond))
            #expect(answers.isReady(now: 1000 * millisecond))
        }
    }

    @Test func countOnce() throws {
        var answers = asked()
        answers.take(try endpoints(["192.0.2.1"]), .v4, now: 0)
        answers.take(try endpoints(["192.0.2.2"]), .v4, now: 0)
        #expect(try answers.addresses(.v4) == endpoints(["192.0.2.1"]))
    }

    @Test(
        arguments: [
            (.v6, ["2001:db8::1", "192.0.2.1", "2001:db8::2"]),
            (.v4, ["192.0.2.1", "2001:db8::1", "2001:db8::2"]),
        ] as [(AddressFamily, [String])])
    func takeTurns(_ first: AddressFamily, _ expected: [String]) throws {
        var answers = asked()
        answers.take(try endpoints(["2001:db8::1", "2001:db8::2"]), .v6, now: 0)
        answers.take(try endpoints(["192.0.2.1"]), .v4, now: 0)
        #expect(try answers.endpoints(preferring: first) == endpoints(expected))
    }
}

@Suite struct FamilyPreferences {
    @Test(
        arguments: [
            ("2001:db8::1", "2001:db8::9", "192.0.2.1", "192.0.2.9", .v6),
            // Behind a router that translates.
            ("2001:db8::1", "2001:db8::9", "192.0.2.1", "10.0.0.9", .v6),
            ("2001:db8::1", nil, "192.0.2.1", "192.0.2.9", .v4),
            ("2001:db8::1", "2001:db8::9", "192.0.2.1", nil, .v6),
            ("2001:db8::1", nil, "192.0.2.1", nil, .v6),
            // No more than an address of the cable, or of this site, on the way to the Internet.
            ("2001:db8::1", "fe80::9", "192.0.2.1", "192.0.2.9", .v4),
            ("2001:db8::1", "fd00::9", "192.0.2.1", "192.0.2.9", .v4),
            ("2001:db8::1", "2001:db8::9", "192.0.2.1", "169.254.0.9", .v6),
            ("fd00::1", "fd00::9", "192.0.2.1", "192.0.2.9", .v4),
            ("::1", "::1", "127.0.0.1", "127.0.0.1", .v6),
            ("2002:c000:201::1", "2002:c000:209::1", "192.0.2.1", "192.0.2.9", .v4),
            ("2001::1", "2001::9", "192.0.2.1", "192.0.2.9", .v4),
        ] as [(String, String?, String, String?, AddressFamily)])
    func followTheRoutes(
        _ six: String, _ own6: String?, _ four: String, _ own4: String?, _ expected: AddressFamily
    ) throws {
        func v6(_ text: String) throws -> IPv6Address {
            guard case .v6(let address) = try #require(IPAddress(text)) else { throw NoAddress() }
            return address
        }
        func v4(_ text: String) throws -> IPv4Address { try #require(IPv4Address(text)) }
        #expect(
            FamilyPreference.choose(
                v6: try v6(six), from: try own6.map(v6), v4: try v4(four), from: try own4.map(v4))
                == expected)
    }

    private struct NoAddress: Error {}
}
