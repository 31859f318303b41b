import SPAChannel
import SPAFirewall
import SPANet
import SPAPolicy
import Testing

@testable import SPAHelper

/// Values that the tests of this module vary.
enum Sample {
    /// 2026-11-21T07:05:10Z in nanoseconds, and a boot clock that has nothing to do with it.
    static let wall: Int64 = 1_795_244_710_000_000_000
    static let moment: Int64 = 5_000_000_000
    static let second: Int64 = 1_000_000_000

    /// The helper's own numbers.
    static func own(_ count: UInt64) -> UInt64 { 1 << 63 + count }

    static func service(_ text: String) throws -> Service { try #require(Service(text)) }
    static func seconds(_ count: UInt32) throws -> Lifetime { try #require(Lifetime(seconds: count)) }
    static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    static func stanza(
        _ number: UInt16 = 1, open: [String]? = ["tcp/22"], restricted: [String] = [], longest: UInt32 = 300,
        expires: Int64? = nil, anyDestination: Bool = false
    ) throws -> StanzaLimits {
        StanzaLimits(
            number: number, openPorts: try open.map { Set(try $0.map(service)) },
            restrictPorts: Set(try restricted.map(service)), longest: try seconds(longest),
            expiresAt: expires,
            anyDestination: anyDestination
        )
    }

    /// As functions, because an expectation cannot change what it looks at.
    static func add(_ limits: inout GrantLimits, _ stanza: StanzaLimits) -> Bool { limits.add(stanza) }
    static func commit(_ limits: inout GrantLimits, _ generation: UInt16) -> Bool {
        limits.commit(generation: generation)
    }

    static func limits(
        _ stanzas: [StanzaLimits], generation: UInt16 = 1, grants: UInt32 = 100, perMinute: UInt32 = 6000
    ) -> GrantLimits {
        var limits = GrantLimits()
        limits.begin(generation: generation, limits: GlobalLimits(grants: grants, grantsPerMinute: perMinute))
        for stanza in stanzas { #expect(add(&limits, stanza)) }
        #expect(commit(&limits, generation))
        return limits
    }

    static func request(
        _ id: UInt64 = 1, from source: String = "192.0.2.1", to door: String = "tcp/22",
        for seconds: UInt32 = 30,
        stanza: UInt16 = 1, generation: UInt16 = 1
    ) throws -> GrantRequest {
        GrantRequest(
            id: id, generation: generation, stanza: stanza, source: try address(source),
            service: try service(door),
            lifetime: try Sample.seconds(seconds), destination: try address("198.51.100.1"))
    }

    static func rule(
        _ source: String = "192.0.2.1", _ door: String = "tcp/22", start: Int64 = 10, end: Int64 = 41
    )
        throws -> GrantRule
    {
        GrantRule(
            source: try address(source), service: try service(door), start: start, end: end)
    }
}
