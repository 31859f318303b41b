import SPAChannel
import SPANet
import SPAPolicy
import Testing

@Suite struct Grants {
    static let request: [UInt8] = GrantRequest(
        id: 0x0102_0304_0506_0708, generation: 0x0A0B, stanza: 0x0C0D, source: .door,
        service: service("tcp/22"),
        lifetime: .standard, destination: .door
    ).encoded

    static func again(_ bytes: [UInt8]) throws -> [UInt8] { try GrantRequest(decoding: bytes.span).encoded }
    static func replyAgain(_ bytes: [UInt8]) throws -> [UInt8] {
        try GrantReply(decoding: bytes.span).encoded
    }

    @Test func aRequestHas54BytesInThisOrder() {
        #expect(Grants.request.count == GrantRequest.size)
        #expect(
            Grants.request
                == [1, 4] + [UInt8](repeating: 0, count: 12) + [198, 51, 100, 9] + [6, 0, 22] + [
                    0x0C, 0x0D, 0x0A, 0x0B,
                ]
                + [0, 0, 0, 30] + [1, 2, 3, 4, 5, 6, 7, 8] + [4] + [UInt8](repeating: 0, count: 12)
                + [198, 51, 100, 9])
    }

    static let messages: [Message] =
        [
            Message(name: "IPv4", bytes: request, again: again),
            Message(
                name: "IPv6",
                bytes: GrantRequest(
                    id: .max, generation: .max, stanza: .max, source: .wide, service: service("udp/65535"),
                    lifetime: .standardMaximum, destination: .wide
                ).encoded, again: again),
        ]
        + ([nil] + GrantRefusal.allCases.map(Optional.some)).map { refusal in
            Message(
                name: "reply \(refusal.map { "\($0)" } ?? "granted")",
                bytes: GrantReply(id: 9, refusal: refusal).encoded, again: replyAgain)
        }

    @Test("A message is read whole or not at all", arguments: messages)
    func pieces(_ message: Message) throws { try checkPieces(message) }

    static let lies: [Lie] = [
        Lie("tag 0", at: 0, [0], .unknownTag(0)), Lie("tag of the reply", at: 0, [2], .unknownTag(2)),
        Lie("family 0", at: 1, [0], .badField("address family")),
        Lie("family 5", at: 1, [5], .badField("address family")),
        Lie("IPv4 with bytes in front", at: 2, [1], .badField("address")),
        Lie("IPv4 with bytes right in front", at: 13, [1], .badField("address")),
        Lie("ICMP", at: 18, [1], .badField("transport")),
        Lie("protocol 0", at: 18, [0], .badField("transport")),
        Lie("port 0", at: 19, [0, 0], .badField("port")),
        Lie("no lifetime", at: 25, [0, 0, 0, 0], .badField("lifetime")),
        Lie("a lifetime of 97 days and a second", at: 25, [0, 0x80, 0, 1], .badField("lifetime")),
        Lie("a lifetime without end", at: 25, [255, 255, 255, 255], .badField("lifetime")),
    ]

    @Test("A request outside the vocabulary is refused", arguments: lies)
    func vocabulary(_ lie: Lie) {
        let bytes = lie.told(in: Grants.request)
        #expect(throws: lie.error) { try GrantRequest(decoding: bytes.span) }
    }

    @Test func aReplyKnowsItsReasonsOnly() {
        for code in UInt8(11)...255 {
            let bytes: [UInt8] = [2, code, 0, 0, 0, 0, 0, 0, 0, 1]
            #expect(throws: ChannelError.badField("refusal")) { try GrantReply(decoding: bytes.span) }
        }
        let request: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        #expect(throws: ChannelError.unknownTag(1)) { try GrantReply(decoding: request.span) }
    }
}
