import SPAChannel
import SPAKeys
import SPANet
import SPAPolicy
import SPASecret
import SPAWire
import SPAWorkerSettings
import Testing

@Suite struct WorkerOrders {
    static func secret(_ count: Int) -> Secret {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        return Secret(copying: bytes.span)
    }

    static func network(_ bits: UInt32, _ length: Int) -> IPNetwork {
        IPNetwork(.v4(IPv4Address(bits: bits)), prefixLength: length) ?? IPNetwork.any[0]
    }

    static let full = StanzaRules(
        number: 3, line: 70_000, sources: [network(0x0A00_0000, 8)] + IPNetwork.any,
        destinations: [network(0xC000_0201, 32)],
        openPorts: [service("tcp/22"), service("udp/53")], restrictPorts: [service("tcp/23")],
        requiredUser: Array("alice".utf8), requiresSourceAddress: true, accessTimeout: .standard,
        maximumTimeout: .standardMaximum, expiresAt: 1_800_000_000)
    static let bare = StanzaRules(number: 1, line: 1, sources: IPNetwork.any, requiredUser: [])

    static func stanza(
        _ rules: StanzaRules, key: Int = 32, mode: EncryptionMode = .cbc, hmac: Int? = 64,
        type: DigestType = .sha256
    ) -> WorkerOrder {
        .stanza(
            WorkerStanza(
                rules: rules,
                keys: PacketKeys(encryption: secret(key), mode: mode, hmac: hmac.map(secret), hmacType: type))
        )
    }

    static let orders: [WorkerOrder] =
        [
            .setup(uid: 61_103, gid: 5, lacking: 0),
            .begin(generation: 3, maximumAge: 120, reportsGarbage: true),
            .commit(generation: 3),
            stanza(full),
            stanza(bare), stanza(full, key: 1, hmac: 1), stanza(bare, key: 128, hmac: 136),
            stanza(bare, hmac: nil),
        ] + EncryptionMode.allCases.map { stanza(bare, mode: $0) }
        + DigestType.allCases.map { stanza(bare, type: $0) }

    static func again(_ bytes: [UInt8]) throws -> [UInt8] { try WorkerOrder(decoding: bytes.span).encoded }

    @Test("Orders come back as they were", arguments: orders.indices)
    func pieces(_ index: Int) throws {
        try checkPieces(
            Message(name: "", bytes: WorkerOrders.orders[index].encoded, again: WorkerOrders.again))
    }

    @Test func rulesAndKeysArriveUnchanged() throws {
        let bytes = WorkerOrders.stanza(WorkerOrders.full, mode: .ctr, type: .sha512).encoded
        guard case .stanza(let stanza) = try WorkerOrder(decoding: bytes.span) else { return }
        #expect(stanza.rules == WorkerOrders.full)
        #expect(stanza.keys.mode == .ctr)
        #expect(stanza.keys.hmacType == .sha512)
        #expect(stanza.keys.encryption.matches(WorkerOrders.secret(32)))
        #expect(stanza.keys.hmac?.matches(WorkerOrders.secret(64)) == true)
    }

    @Test("A network has no bits behind its prefix, and there is at least one")
    func networks() {
        let bytes = WorkerOrders.stanza(WorkerOrders.full).encoded
        // Tag, number, line, count of sources, base, prefix.
        for (offset, value, error) in [
            (26, 33, .badField("network")), (26, 255, .badField("network")), (26, 4, .badField("network")),
            (25, 1, .badField("network")), (9, 5, .badField("address family")), (0, 69, .unknownTag(69)),
            (0, 74, .unknownTag(74)),
        ] as [(Int, UInt8, ChannelError)] {
            var other = bytes
            other[offset] = value
            #expect(throws: error) { try WorkerOrder(decoding: other.span) }
        }
        var none = WorkerOrders.full
        none.sources = []
        let empty = WorkerOrders.stanza(none).encoded
        #expect(throws: ChannelError.badField("sources")) { try WorkerOrder(decoding: empty.span) }
    }

    @Test("Keys have lengths", arguments: [(0, 64), (137, 64), (32, 0), (32, 137)])
    func keyLengths(_ key: Int, _ hmac: Int) {
        let bytes = WorkerOrders.stanza(WorkerOrders.bare, key: key, hmac: hmac).encoded
        #expect(throws: ChannelError.badField("key length")) { try WorkerOrder(decoding: bytes.span) }
    }

    @Test("Modes and digests are known ones")
    func algorithms() {
        let bytes = WorkerOrders.stanza(WorkerOrders.bare, key: 1, hmac: nil).encoded
        // From the end: no HMAC key, the key, its length, HMAC type, mode.
        for (offset, values, name) in [
            (6, [0, 4, 7, 9, 255], "mode"), (5, [0, 8, 255], "HMAC type"), (1, [2, 255], "HMAC key"),
        ] as [(Int, [UInt8], String)] {
            for value in values {
                var other = bytes
                other[other.count - offset] = value
                #expect(throws: ChannelError.badField(name)) { try WorkerOrder(decoding: other.span) }
            }
        }
    }
}
