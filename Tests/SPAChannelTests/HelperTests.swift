import SPAChannel
import SPANet
import SPAPolicy
import Testing

@Suite struct HelperMessages {
    static let setup = HelperSetup(
        uid: 61_102, gid: 61_103, interface: "eth0", captureFilter: Array(0..<16), snapLength: 1500,
        promiscuous: true, firewallProgram: "/usr/sbin/iptables", chain: "FWKNOP_INPUT", parentChain: "INPUT",
        jumpPosition: 2, flushesAtStart: false, knockPort: 62201, opensIPv6: true, takesSyn: false)

    static let orders: [HelperOrder] = [
        .setup(setup), .begin(generation: 3, limits: GlobalLimits(grants: 16384, grantsPerMinute: 6000)),
        .stanza(
            StanzaLimits(
                number: 1, openPorts: nil, restrictPorts: [], longest: .standard, expiresAt: nil,
                anyDestination: false)),
        .stanza(
            StanzaLimits(
                number: .max, openPorts: [service("tcp/22"), service("udp/53")],
                restrictPorts: [service("tcp/23")],
                longest: .standardMaximum, expiresAt: -5, anyDestination: true)),
        .stanza(
            StanzaLimits(
                number: 2, openPorts: [], restrictPorts: [], longest: .standard, expiresAt: .max - 1,
                anyDestination: false)
        ),
        .stanza(
            StanzaLimits(
                number: 2, openPorts: [], restrictPorts: [], longest: .standard, expiresAt: nil,
                anyDestination: false, width: GrantWidth(v4: 24, v6: 64) ?? .single,
                sources: IPNetwork.any + [IPNetwork(only: .door)])),
        .commit(generation: 3), .retire(generation: 2), .stop(flush: true), .stop(flush: false),
    ]

    static let events: [HelperEvent] =
        [
            .ready, .committed(generation: 9), .stopped, .capture(.missing, untold: 0),
            .capture(.down("eth0"), untold: 1), .capture(.up("an-interface-15"), untold: .max),
            .message(.notice, ""), .message(.error, "ä😀"), .waiting(""), .waiting("the firewall tool"),
            .granted(
                id: 1, stanza: 2, source: .door, service: service("tcp/22"), expires: 3, extended: false),
            .granted(
                id: .max, stanza: .max, source: .wide, service: service("udp/1"), expires: .min,
                extended: true),
            .granted(
                id: 7, stanza: 1, source: .wide, service: service("udp/1"), expires: 9, extended: true,
                prefix: 64),
            .expired(IPNetwork(only: .door), service: service("tcp/22"), expires: .max),
            .expired(IPNetwork.any[1], service: service("tcp/22"), expires: .max),
            .narrowed(
                IPNetwork.any[0], to: .door, service: service("tcp/22"), expires: 7, cause: .connected),
            .narrowed(IPNetwork.any[1], to: .wide, service: service("tcp/22"), expires: 7, cause: .unseen),
        ]
        + GrantRefusal.allCases.map {
            .refused(id: 4, stanza: 5, source: .door, service: service("tcp/22"), reason: $0)
        } + EventLevel.allCases.map { .message($0, "text") }

    static func orderAgain(_ bytes: [UInt8]) throws -> [UInt8] {
        try HelperOrder(decoding: bytes.span).encoded
    }
    static func eventAgain(_ bytes: [UInt8]) throws -> [UInt8] {
        try HelperEvent(decoding: bytes.span).encoded
    }

    @Test("Orders come back as they were", arguments: orders)
    func order(_ order: HelperOrder) throws {
        let bytes = order.encoded
        #expect(try HelperOrder(decoding: bytes.span) == order)
        try checkPieces(Message(name: "\(order)", bytes: bytes, again: HelperMessages.orderAgain))
    }

    @Test("Events come back as they were", arguments: events)
    func event(_ event: HelperEvent) throws {
        let bytes = event.encoded
        #expect(try HelperEvent(decoding: bytes.span) == event)
        try checkPieces(Message(name: "\(event)", bytes: bytes, again: HelperMessages.eventAgain))
    }

    @Test(
        "Texts are cut to their limit, and what was cut inside a character is still read",
        arguments: 990...1004)
    func longText(_ count: Int) throws {
        let text = String(repeating: "a", count: count) + "😀😀😀😀"
        let bytes = HelperEvent.message(.notice, text).encoded
        guard case .message(.notice, let read) = try HelperEvent(decoding: bytes.span) else { return }
        #expect(read.utf8.count <= HelperEvent.messageLimit + 8)
        #expect(read.hasPrefix(String(repeating: "a", count: min(count, 1000))))
    }

    @Test func textsOfTheSetupHaveLimits() {
        var long = HelperMessages.setup
        long.chain = String(repeating: "x", count: 65)
        let chain = HelperOrder.setup(long).encoded
        #expect(throws: ChannelError.badField("text length")) { try HelperOrder(decoding: chain.span) }
        long = HelperMessages.setup
        long.interface = String(repeating: "x", count: 4097)
        let interface = HelperOrder.setup(long).encoded
        #expect(throws: ChannelError.badField("text length")) { try HelperOrder(decoding: interface.span) }
    }

    @Test("A filter has an instruction, and no more than the kernel takes; the largest fits in a message")
    func filterLengths() throws {
        var setup = HelperMessages.setup
        for (count, isGood) in [(0, false), (1, true), (4085, true), (4086, false), (9000, false)] {
            setup.captureFilter = [UInt8](repeating: 6, count: count * 8)
            let bytes = HelperOrder.setup(setup).encoded
            if isGood {
                #expect(bytes.count < 1 << 16)
                #expect(try HelperOrder(decoding: bytes.span) == .setup(setup))
            } else {
                #expect(throws: ChannelError.badField("filter length")) {
                    try HelperOrder(decoding: bytes.span)
                }
            }
        }
    }

    static let limits = orders[3].encoded
    /// Of the second stanza: number, lifetime, end, flag, two doors, one door.
    static let lies: [Lie] = [
        Lie("tag 9", at: 0, [9], .unknownTag(9)), Lie("tag 16", at: 0, [16], .unknownTag(16)),
        Lie("no lifetime", at: 3, [0, 0, 0, 0], .badField("lifetime")),
        Lie("a flag of 2", at: 15, [2], .badField("open ports")),
        Lie("a door without port", at: 19, [0, 0], .badField("port")),
        Lie("a door of ICMP", at: 18, [1], .badField("transport")),
        Lie("a prefix of 23", at: 30, [23], .badField("width")),
        Lie("of 33", at: 30, [33], .badField("width")),
        Lie("of 63", at: 31, [63], .badField("width")), Lie("of 129", at: 31, [129], .badField("width")),
        Lie("more doors than there are", at: 16, [255, 255], .badField("transport")),
    ]

    @Test("A stanza outside the vocabulary is refused", arguments: lies)
    func vocabulary(_ lie: Lie) {
        let bytes = lie.told(in: HelperMessages.limits)
        #expect(throws: lie.error) { try HelperOrder(decoding: bytes.span) }
    }

    @Test("Codes of events outside the vocabulary are refused")
    func eventCodes() {
        for (bytes, error) in [
            ([35, 0, 0, 0], .badField("level")), ([35, 4, 0, 0], .badField("level")),
            ([35, 1, 255, 255], .badField("text length")), ([40], .unknownTag(40)), ([29], .unknownTag(29)),
            ([37, 3], .badField("capture state")), ([37, 2, 0, 16], .badField("text length")),
        ] as [([UInt8], ChannelError)] {
            #expect(throws: error) { try HelperEvent(decoding: bytes.span) }
        }
        var refused = HelperEvent.refused(
            id: 4, stanza: 5, source: .door, service: service("tcp/22"), reason: .unknownStanza
        ).encoded
        for reason in [0, 11, 255] as [UInt8] {
            refused[refused.count - 1] = reason
            #expect(throws: ChannelError.badField("reason")) { try HelperEvent(decoding: refused.span) }
        }
    }

    @Test func aStanzasLimitsAreThoseOfItsRules() {
        let rules = StanzaRules(
            number: 4, line: 1, sources: IPNetwork.any, openPorts: [service("tcp/22")],
            restrictPorts: [service("tcp/23")],
            accessTimeout: .standard, maximumTimeout: .standardMaximum, expiresAt: 77)
        #expect(
            StanzaLimits(rules)
                == StanzaLimits(
                    number: 4, openPorts: [service("tcp/22")], restrictPorts: [service("tcp/23")],
                    longest: .standardMaximum, expiresAt: 77, anyDestination: false))
    }
}
