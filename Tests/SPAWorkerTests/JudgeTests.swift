import SPANet
import SPAPacket
import SPAPolicy
import SPAReplay
import SPAWire
import Testing

@testable import SPAWorker

@Suite struct Verdicts {
    private let keys = Sample.keys(1)

    private func verdict(
        _ payload: [UInt8], from source: String = "203.0.113.2", memory: ReplayMemory = ReplayMemory(),
        now: Int64 = Sample.now, _ change: (inout StanzaRules) throws -> Void = { _ in }
    ) throws -> String {
        try Sample.verdict(
            payload, [Sample.stanza(1, keys: keys, change)], from: source, memory: memory, now: now)
    }

    /// A memory that knows this packet.
    private func memory(of payload: [UInt8]) throws -> ReplayMemory {
        let digest = try ReplayDigest.of(payload.span)
        let key = ReplayKey(digest.span)
        var memory = ReplayMemory()
        memory.insert(ReplayRecord(key: try #require(key), timestamp: Sample.now))
        return memory
    }

    @Test func aGoodPacketIsPermittedAndRecorded() throws {
        let payload = try Sample.packet(keys)
        #expect(try verdict(payload) == "permitted #1 alice")
        let judge = try Judge(generation: 7, maximumAge: 120, stanzas: [Sample.stanza(1, keys: keys)])
        #expect(judge.generation == 7)
        guard
            case .permitted(let decision, _, let record) = judge.verdict(
                on: payload.span, from: try Sample.arrival(), memory: ReplayMemory(), now: Sample.now)
        else {
            Issue.record("not permitted")
            return
        }
        #expect(decision.allowed.description == "198.51.100.9")
        #expect(record.timestamp == Sample.now)
        #expect(try memory(of: payload).contains(record.key))
    }

    @Test("What no key could open says nothing", arguments: [0, 1, 139, 1500])
    func garbage(_ count: Int) throws {
        #expect(try verdict([UInt8](repeating: 0x41, count: count)) == "garbage")
        #expect(try verdict([UInt8](repeating: 0x21, count: 200)) == "garbage")
        #expect(try verdict(Array("U2FsdGVkX1".utf8) + [UInt8](repeating: 0x41, count: 200)) == "garbage")
    }

    @Test(
        "Letters of any length that nobody sealed are not opened",
        arguments: [140, 200, 399, 400, 433, 434, 1499])
    func noise(_ count: Int) throws {
        #expect(try verdict([UInt8](repeating: 0x41, count: count)) == "notOpened #0")
    }

    @Test func sourceComesBeforeReplayAndReplayBeforeTheKeys() throws {
        let payload = try Sample.packet(keys)
        let known = try memory(of: payload)
        let elsewhere: (inout StanzaRules) throws -> Void = {
            $0.sources = [try #require(IPNetwork(.v4(IPv4Address(bits: 0x0A00_0000)), prefixLength: 8))]
        }
        #expect(try verdict(payload, memory: known, elsewhere) == "noStanza #0")
        #expect(try verdict(payload, from: "10.9.9.9", memory: known, elsewhere) == "replay #0")
        #expect(try verdict(payload, memory: known) == "replay #0")
        let foreign = try Sample.packet(Sample.keys(9))
        #expect(try verdict(foreign, memory: try memory(of: foreign)) == "replay #0")
        #expect(try verdict(foreign) == "notOpened #0")
    }

    /// Age of the packet in seconds, and what comes of it at a maximum age of 120.
    static let ages: [(age: Int64, verdict: String)] = [
        (0, "permitted #1 alice"), (120, "permitted #1 alice"), (-120, "permitted #1 alice"),
        (121, "stale #1"),
        (-121, "stale #1 burns"), (-86_400, "stale #1 burns"), (-86_401, "stale #1"),
    ]

    @Test("What is too old stays so; what lies ahead is burned, up to a day", arguments: ages)
    func age(_ age: Int64, _ expected: String) throws {
        #expect(try verdict(Sample.packet(keys, at: Sample.now - age)) == expected)
    }

    @Test("Packets at or before the floor are refused and need no record")
    func floor() throws {
        let payload = try Sample.packet(keys)
        #expect(try verdict(payload, memory: ReplayMemory(floor: Sample.now)) == "beforeFloor #1")
        #expect(try verdict(payload, memory: ReplayMemory(floor: Sample.now - 1)) == "permitted #1 alice")
        #expect(try verdict(payload, memory: ReplayMemory(floor: .max)) == "beforeFloor #1")
    }

    @Test("A genuine packet that the policy refuses is burned")
    func burned() throws {
        #expect(try verdict(Sample.packet(keys, "tcp/23")) == "serviceDenied #1 burns")
        #expect(
            try verdict(Sample.packet(keys)) { $0.requiredUser = Array("bob".utf8) }
                == "userMismatch #1 burns")
    }

    @Test func aStanzaThatHasExpiredSaysSo() throws {
        #expect(try verdict(Sample.packet(keys)) { $0.expiresAt = Sample.now } == "stanzaExpired #1")
        #expect(try verdict(Sample.packet(keys)) { $0.expiresAt = Sample.now + 1 } == "permitted #1 alice")
    }

    @Test func aChangedPacketIsNotOpened() throws {
        var payload = try Sample.packet(keys)
        payload[20] = payload[20] == 0x41 ? 0x42 : 0x41
        #expect(try verdict(payload) == "notOpened #0")
    }
}

@Suite struct SeveralStanzas {
    private let first = Sample.keys(1)
    private let second = Sample.keys(2)

    @Test func theStanzaWhoseKeysOpenCounts() throws {
        let stanzas = [try Sample.stanza(1, keys: first), try Sample.stanza(2, keys: second)]
        #expect(try Sample.verdict(Sample.packet(first), stanzas) == "permitted #1 alice")
        #expect(try Sample.verdict(Sample.packet(second), stanzas) == "permitted #2 alice")
        #expect(try Sample.verdict(Sample.packet(Sample.keys(3)), stanzas) == "notOpened #0")
    }

    @Test func aStanzaOfAnotherSourceIsNotTried() throws {
        let stanzas = [
            try Sample.stanza(1, keys: first) {
                $0.sources = [try #require(IPNetwork(.v4(IPv4Address(bits: 0x0A00_0000)), prefixLength: 8))]
            }, try Sample.stanza(2, keys: second),
        ]
        #expect(try Sample.verdict(Sample.packet(first), stanzas) == "notOpened #0")
        #expect(try Sample.verdict(Sample.packet(first), stanzas, from: "10.1.1.1") == "permitted #1 alice")
    }

    @Test func withTheSameKeysTheFirstThatPermitsCounts() throws {
        let stanzas = [
            try Sample.stanza(1, keys: first) { $0.openPorts = [try #require(Service("tcp/80"))] },
            try Sample.stanza(2, keys: first),
        ]
        #expect(try Sample.verdict(Sample.packet(first), stanzas) == "permitted #2 alice")
        #expect(try Sample.verdict(Sample.packet(first, "tcp/80"), stanzas) == "permitted #1 alice")
        #expect(try Sample.verdict(Sample.packet(first, "tcp/443"), stanzas) == "serviceDenied #1 burns")
    }

    @Test(
        "A stanza that takes other HMACs does not hide what the right one says",
        arguments: DigestType.allCases)
    func otherHMAC(_ type: DigestType) throws {
        let long = Sample.keys(2, type)
        let stanzas = [try Sample.stanza(1, keys: first), try Sample.stanza(2, keys: long)]
        let user = String(repeating: "u", count: 20)
        let backwards = Array(stanzas.reversed())
        for order in [stanzas, backwards] {
            let good = try Sample.packet(long, user: user)
            #expect(try Sample.verdict(good, order) == "permitted #2 \(user)")
            let denied = try Sample.packet(long, "tcp/23", user: user)
            #expect(try Sample.verdict(denied, order) == "serviceDenied #2 burns")
        }
    }

    @Test func aStanzaThatHasExpiredDoesNotHideOthers() throws {
        let stanzas = [
            try Sample.stanza(1, keys: first) { $0.expiresAt = 5 }, try Sample.stanza(2, keys: second),
            try Sample.stanza(3, keys: first),
        ]
        #expect(try Sample.verdict(Sample.packet(second), stanzas) == "permitted #2 alice")
        #expect(try Sample.verdict(Sample.packet(first), stanzas) == "permitted #3 alice")
        #expect(try Sample.verdict(Sample.packet(second, "tcp/23"), stanzas) == "serviceDenied #2 burns")
    }
}
