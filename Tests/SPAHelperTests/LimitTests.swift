import SPAChannel
import SPANet
import SPAPolicy
import Testing

@testable import SPAHelper

@Suite struct Limits {
    private func check(
        _ limits: inout GrantLimits, _ request: GrantRequest, live: Int = 0, extends: Bool = false,
        isOurs: Bool = true, opensIPv6: Bool = true, now: Int64 = 100
    ) -> GrantRefusal? {
        limits.check(
            request, live: live, extends: extends, isOurs: isOurs, opensIPv6: opensIPv6, now: now,
            moment: Sample.moment)
    }

    @Test func aPacketToSomebodyElseOpensNothingUnlessTheStanzaSaysWhereto() throws {
        var strict = Sample.limits([try Sample.stanza()])
        var lax = Sample.limits([try Sample.stanza(anyDestination: true)])
        let request = try Sample.request()
        #expect(check(&strict, request, isOurs: false) == .destinationNotOurs)
        #expect(check(&strict, request) == nil)
        #expect(check(&lax, request, isOurs: false) == nil)
    }

    @Test func withoutAChainForIPv6NoneOfItsAddressesIsOpened() throws {
        var limits = Sample.limits([try Sample.stanza()])
        #expect(check(&limits, try Sample.request(from: "2001:db8::1"), opensIPv6: false) == .familyNotOpened)
        #expect(check(&limits, try Sample.request(), opensIPv6: false) == nil)
    }

    static let rows: [(what: String, request: GrantRequest?, refusal: GrantRefusal?)] = [
        ("what is configured", try? Sample.request(), nil),
        ("the longest lifetime", try? Sample.request(for: 300), nil),
        ("a second more", try? Sample.request(for: 301), .lifetimeTooLong),
        ("a door that is not listed", try? Sample.request(to: "tcp/23"), .serviceNotAllowed),
        ("the same port of the other transport", try? Sample.request(to: "udp/22"), .serviceNotAllowed),
        ("another stanza", try? Sample.request(stanza: 9), .unknownStanza),
        ("stanza 0", try? Sample.request(stanza: 0), .unknownStanza),
        ("another generation", try? Sample.request(generation: 2), .unknownStanza),
        ("every door where all are open", try? Sample.request(to: "udp/9", stanza: 2), nil),
        (
            "a restricted door where all are open", try? Sample.request(to: "tcp/25", stanza: 2),
            .serviceNotAllowed
        ),
        ("a stanza that has ended", try? Sample.request(stanza: 3), .stanzaExpired),
        ("a stanza whose last second is running", try? Sample.request(stanza: 4), nil),
        ("no door at all", try? Sample.request(stanza: 5), .serviceNotAllowed),
        ("IPv6", try? Sample.request(from: "2001:db8::1"), nil),
        ("a link's own IPv6", try? Sample.request(from: "fe80::1"), nil),
        ("::", try? Sample.request(from: "::"), .addressNotAllowed),
        ("IPv6 multicast", try? Sample.request(from: "ff02::1"), .addressNotAllowed),
        ("IPv4 in IPv6 clothes", try? Sample.request(from: "::ffff:192.0.2.1"), .addressNotAllowed),
        ("IPv4 in older IPv6 clothes", try? Sample.request(from: "::192.0.2.1"), .addressNotAllowed),
        ("0.0.0.0", try? Sample.request(from: "0.0.0.0"), .addressNotAllowed),
        ("multicast", try? Sample.request(from: "224.0.0.1"), .addressNotAllowed),
        ("broadcast", try? Sample.request(from: "255.255.255.255"), .addressNotAllowed),
    ]

    @Test("What the worker asks is measured by what the supervisor said", arguments: rows)
    func stanzas(_ what: String, _ request: GrantRequest?, _ refusal: GrantRefusal?) throws {
        var limits = Sample.limits([
            try Sample.stanza(), try Sample.stanza(2, open: nil, restricted: ["tcp/25"]),
            try Sample.stanza(3, expires: 100), try Sample.stanza(4, expires: 101),
            try Sample.stanza(5, open: []),
        ])
        #expect(check(&limits, try #require(request)) == refusal)
    }

    @Test func nothingIsGrantedBeforeSettingsAreInForce() throws {
        var limits = GrantLimits()
        #expect(!limits.isConfigured)
        #expect(check(&limits, try Sample.request()) == .unknownStanza)
        limits.begin(generation: 1, limits: GlobalLimits(grants: 1, grantsPerMinute: 1))
        #expect(Sample.add(&limits, try Sample.stanza()))
        #expect(check(&limits, try Sample.request()) == .unknownStanza)
        #expect(Sample.commit(&limits, 1))
        #expect(limits.isConfigured)
        #expect(check(&limits, try Sample.request()) == nil)
    }

    @Test("At MAX_GRANTS no new door opens, but an open one is extended")
    func maximum() throws {
        var limits = Sample.limits([try Sample.stanza()], grants: 2)
        #expect(check(&limits, try Sample.request(), live: 1) == nil)
        #expect(check(&limits, try Sample.request(), live: 2) == .tooManyGrants)
        #expect(check(&limits, try Sample.request(), live: 2, extends: true) == nil)
    }

    @Test("A refused request costs nothing of the minute's budget")
    func budget() throws {
        var limits = Sample.limits([try Sample.stanza()], perMinute: 2)
        for _ in 0..<5 { #expect(check(&limits, try Sample.request(to: "tcp/23")) == .serviceNotAllowed) }
        #expect(check(&limits, try Sample.request()) == nil)
        #expect(check(&limits, try Sample.request(), extends: true) == nil)
        #expect(check(&limits, try Sample.request()) == .tooManyPerMinute)
    }

    @Test func theDoorsThatAreGuardedAreThoseOfTheNewestSettings() throws {
        let limits = Sample.limits([
            try Sample.stanza(open: ["udp/5", "tcp/443", "tcp/22"]), try Sample.stanza(2, open: ["tcp/22"]),
            try Sample.stanza(3, open: nil),
        ])
        #expect(limits.guarded.map(\.description) == ["tcp/22", "tcp/443", "udp/5"])
        #expect(limits.global == GlobalLimits(grants: 100, grantsPerMinute: 6000))
    }
}

@Suite struct Generations {
    private func verdict(_ limits: inout GrantLimits, _ generation: UInt16) throws -> GrantRefusal? {
        limits.check(
            try Sample.request(generation: generation), live: 0, extends: false, isOurs: true,
            opensIPv6: true, now: 100,
            moment: Sample.moment)
    }

    @Test func settingsOutOfOrderAreRefused() throws {
        var limits = GrantLimits()
        #expect(!Sample.add(&limits, try Sample.stanza()))
        #expect(!Sample.commit(&limits, 1))
        limits.begin(generation: 1, limits: GlobalLimits(grants: 9, grantsPerMinute: 9))
        #expect(Sample.add(&limits, try Sample.stanza()))
        #expect(!Sample.add(&limits, try Sample.stanza()))
        #expect(!Sample.commit(&limits, 2))
        #expect(Sample.commit(&limits, 1))
        #expect(!Sample.commit(&limits, 1))
        limits.begin(generation: 1, limits: GlobalLimits(grants: 9, grantsPerMinute: 9))
        #expect(!Sample.commit(&limits, 1))
    }

    @Test func oldAndNewSettingsCountTogetherUntilTheOldOnesRetire() throws {
        var limits = Sample.limits([try Sample.stanza()])
        limits.begin(generation: 2, limits: GlobalLimits(grants: 9, grantsPerMinute: 9))
        #expect(Sample.add(&limits, try Sample.stanza(open: ["tcp/443"])))
        #expect(try verdict(&limits, 1) == nil)
        #expect(Sample.commit(&limits, 2))
        #expect(try verdict(&limits, 1) == nil)
        #expect(try verdict(&limits, 2) == .serviceNotAllowed)
        #expect(limits.guarded.map(\.description) == ["tcp/443"])
        limits.retire(generation: 1)
        #expect(try verdict(&limits, 1) == .unknownStanza)
        #expect(try verdict(&limits, 2) == .serviceNotAllowed)
    }

    @Test func theNewestSettingsNeverRetire() throws {
        var limits = Sample.limits([try Sample.stanza()])
        limits.retire(generation: 1)
        limits.retire(generation: 7)
        #expect(try verdict(&limits, 1) == nil)
    }

    @Test func aBeginningThatIsNotFinishedIsForgotten() throws {
        var limits = Sample.limits([try Sample.stanza()])
        limits.begin(generation: 2, limits: GlobalLimits(grants: 9, grantsPerMinute: 9))
        #expect(Sample.add(&limits, try Sample.stanza()))
        limits.begin(generation: 3, limits: GlobalLimits(grants: 9, grantsPerMinute: 9))
        #expect(Sample.commit(&limits, 3))
        #expect(try verdict(&limits, 2) == .unknownStanza)
        #expect(try verdict(&limits, 3) == .unknownStanza)
        #expect(limits.guarded.isEmpty)
    }

    @Test func numbersGoRound() throws {
        var limits = Sample.limits([try Sample.stanza()], generation: .max)
        limits.begin(generation: 0, limits: GlobalLimits(grants: 9, grantsPerMinute: 9))
        #expect(Sample.add(&limits, try Sample.stanza()))
        #expect(Sample.commit(&limits, 0))
        limits.retire(generation: .max)
        #expect(try verdict(&limits, 0) == nil)
        #expect(try verdict(&limits, .max) == .unknownStanza)
    }
}
