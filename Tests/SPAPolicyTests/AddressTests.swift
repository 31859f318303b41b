import SPANet
import SPAPolicy
import Testing

@Suite struct GrantedAddresses {
    private func allowed(
        _ asked: String, from source: String, requiresAddress: Bool = false
    ) throws -> IPAddress {
        var rules = Sample.rules()
        rules.requiresSourceAddress = requiresAddress
        return try Policy.decide(
            Sample.message(allow: asked), from: Sample.arrival(source), under: rules, maximumAge: 120,
            now: Sample.now
        ).allowed
    }

    @Test func theAddressInThePacketCountsAndNotItsSource() throws {
        #expect(try allowed("10.1.2.3", from: "203.0.113.2") == Sample.address("10.1.2.3"))
    }

    @Test func zeroMeansTheSourceUnlessTheStanzaWantsAnAddress() throws {
        #expect(try allowed("0.0.0.0", from: "203.0.113.2") == Sample.address("203.0.113.2"))
        #expect(throws: Refusal.sourceAddressRequired) {
            try allowed("0.0.0.0", from: "203.0.113.2", requiresAddress: true)
        }
        #expect(throws: Never.self) { try allowed("10.1.2.3", from: "203.0.113.2", requiresAddress: true) }
    }

    @Test func zeroMeansASourceOfItsOwnFamily() throws {
        #expect(try allowed("::", from: "2001:db8::2") == Sample.address("2001:db8::2"))
        #expect(throws: Refusal.addressNotGrantable(try Sample.address("::"))) {
            try allowed("::", from: "203.0.113.2")
        }
        #expect(throws: Refusal.addressNotGrantable(try Sample.address("0.0.0.0"))) {
            try allowed("0.0.0.0", from: "2001:db8::2")
        }
        #expect(throws: Refusal.sourceAddressRequired) {
            try allowed("::", from: "2001:db8::2", requiresAddress: true)
        }
    }

    @Test func anAddressOfTheOtherFamilyMayBeAskedFor() throws {
        #expect(try allowed("2001:db8::2", from: "203.0.113.2") == Sample.address("2001:db8::2"))
    }

    static let scopes: [(text: String, isGrantable: Bool)] = [
        ("0.0.0.0", false), ("0.0.0.1", false), ("0.255.255.255", false), ("1.0.0.0", true),
        ("10.0.0.1", true),
        ("100.64.0.1", true), ("127.0.0.1", true), ("169.254.1.1", true), ("172.16.0.1", true),
        ("192.168.255.255", true), ("198.51.100.1", true), ("223.255.255.255", true), ("224.0.0.0", false),
        ("239.255.255.255", false), ("240.0.0.0", false), ("255.255.255.255", false),
        ("::", false), ("::1", true), ("2001:db8::1", true), ("fe80::1", true), ("fd00::1", true),
        ("ff02::1", false), ("::ffff:192.0.2.1", false),
    ]

    @Test("No rule is made for an address that no host has", arguments: scopes)
    func grantable(_ text: String, _ isGrantable: Bool) throws {
        let address = try Sample.address(text)
        #expect(Policy.isGrantable(address) == isGrantable)
        guard !isGrantable else { return }
        // As the source of a packet that asks for its source, too.
        #expect(throws: Refusal.addressNotGrantable(address)) {
            try allowed(text.contains(":") ? "::" : "0.0.0.0", from: text)
        }
    }
}

@Suite struct ConsideredStanzas {
    /// SOURCE, DESTINATION, where the packet came from and went to.
    static let rows: [(sources: [String], destinations: [String], from: String, to: String, counts: Bool)] = [
        (["203.0.113.0/24"], [], "203.0.113.255", "10.0.0.1", true),
        (["203.0.113.0/24"], [], "203.0.114.0", "10.0.0.1", false),
        (["10.0.0.1", "203.0.113.2"], [], "203.0.113.2", "10.0.0.1", true),
        (["203.0.113.2"], ["10.0.0.0/8"], "203.0.113.2", "10.255.0.1", true),
        (["203.0.113.2"], ["10.0.0.0/8"], "203.0.113.2", "11.0.0.1", false),
        (["203.0.113.2"], ["10.0.0.0/8"], "203.0.113.3", "10.0.0.1", false),
        ([], [], "203.0.113.2", "10.0.0.1", false),
        (["2001:db8::/32"], [], "2001:db8:ffff::1", "2001:db8::1", true),
        (["2001:db8::/32"], [], "2001:db9::1", "2001:db8::1", false),
        (["203.0.113.0/24"], [], "2001:db8::1", "2001:db8::1", false),
        (["2001:db8::/32"], ["2001:db8::1"], "2001:db8::2", "2001:db8::1", true),
        (["2001:db8::/32"], ["2001:db8::1"], "2001:db8::2", "2001:db8::3", false),
    ]

    @Test("SOURCE and DESTINATION decide who is looked at", arguments: rows)
    func considers(
        _ sources: [String], _ destinations: [String], _ from: String, _ to: String, _ counts: Bool
    ) throws {
        var rules = Sample.rules()
        rules.sources = try sources.map(Sample.network)
        rules.destinations = try destinations.map(Sample.network)
        #expect(Policy.considers(try Sample.arrival(from, to: to), rules) == counts)
    }
}
