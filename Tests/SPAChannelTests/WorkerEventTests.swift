import SPAChannel
import SPANet
import Testing

@Suite struct WorkerEvents {
    static let address = IPAddress.v4(IPv4Address(bits: 0xCB00_7102))
    static let detail = RefusalDetail(number: .min, address: .wide)
    static let longest = [UInt8](repeating: 0x61, count: WorkerEvent.userLimit)

    static let events: [WorkerEvent] =
        [
            .ready, .committed(generation: 9), .waitingForStore(until: .max),
            .waitingForClock(now: -1, notBefore: 2),
            .accepted(firstID: .max, count: 255, stanza: .max, packetSource: address, user: longest),
            .accepted(firstID: 0, count: 0, stanza: 0, packetSource: .wide, user: []),
            .suppressed(count: .max, garbage: 7), .lost(accepted: 3), .storeUnusable(code: 28),
            .lacks(layer: 2, code: 38, isFatal: true),
            .lacks(layer: 0, code: 0, isFatal: false),
        ]
        + WorkerRefusal.allCases.map {
            .refused($0, stanza: 3, packetSource: address, detail: detail, user: Array("bob".utf8))
        }

    static func again(_ bytes: [UInt8]) throws -> [UInt8] { try WorkerEvent(decoding: bytes.span).encoded }

    @Test("Events come back as they were, in 96 bytes", arguments: events)
    func event(_ event: WorkerEvent) throws {
        let bytes = event.encoded
        #expect(bytes.count == 96)
        #expect(try WorkerEvent(decoding: bytes.span) == event)
        try checkPieces(Message(name: "\(event)", bytes: bytes, again: WorkerEvents.again))
    }

    @Test("Nothing may hide in the padding", arguments: events.prefix(4))
    func padding(_ event: WorkerEvent) {
        let bytes = event.encoded
        for offset in 17..<bytes.count {
            var other = bytes
            other[offset] = 1
            #expect(throws: ChannelError.badField("padding")) { try WorkerEvent(decoding: other.span) }
        }
    }

    @Test func aLongNameIsCut() throws {
        let long = WorkerEvent.accepted(
            firstID: 1, count: 1, stanza: 1, packetSource: WorkerEvents.address,
            user: WorkerEvents.longest + [1, 2, 3])
        let bytes = long.encoded
        #expect(
            try WorkerEvent(decoding: bytes.span)
                == .accepted(
                    firstID: 1, count: 1, stanza: 1, packetSource: WorkerEvents.address,
                    user: WorkerEvents.longest))
    }

    /// Of a refusal: reason, stanza, source, number, address, length of the name.
    static let refusal = WorkerEvent.refused(
        .noStanza, stanza: 3, packetSource: address, detail: detail, user: Array("bob".utf8)
    ).encoded
    static let lies: [Lie] = [
        Lie("tag 49", at: 0, [49], .unknownTag(49)), Lie("tag 60", at: 0, [60], .unknownTag(60)),
        Lie("no reason", at: 1, [0], .badField("reason")), Lie("reason 17", at: 1, [17], .badField("reason")),
        Lie("no family", at: 4, [5], .badField("address family")),
        Lie("a name of 49 bytes", at: 46, [49], .badField("user")),
        Lie("a name of 255 bytes", at: 46, [255], .badField("user")),
        Lie("a name shorter than what is there", at: 46, [2], .badField("padding")),
    ]

    @Test("An event outside the vocabulary is refused", arguments: lies)
    func vocabulary(_ lie: Lie) {
        let bytes = lie.told(in: WorkerEvents.refusal)
        #expect(throws: lie.error) { try WorkerEvent(decoding: bytes.span) }
    }
}
