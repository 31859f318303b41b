import SPANet
import Testing

@Suite struct IPv6Addresses {
    @Test(
        "Text forms and their canonical text (RFC 4291 section 2.2, RFC 5952)",
        arguments: [
            ("2001:db8:0:0:0:0:0:1", "2001:db8::1"), ("2001:0db8::0001", "2001:db8::1"),
            ("2001:DB8::1", "2001:db8::1"), ("2001:db8::0:1", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"), ("0:0:0:0:0:0:0:0", "::"), ("::", "::"),
            ("::1", "::1"),
            ("0::1", "::1"), ("1::", "1::"), ("1:0:0:0:0:0:0:0", "1::"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1::4:5:6:7:8", "1::4:5:6:7:8"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
            ("::FFFF:C000:0201", "::ffff:192.0.2.1"), ("::ffff:0:0", "::ffff:0.0.0.0"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("::1.2.3.4", "::102:304"),
            ("fe80::a:b", "fe80::a:b"),
            ("ff02::1", "ff02::1"), ("0:0:1::", "0:0:1::"), ("::1:0:0:0", "::1:0:0:0"),
            ("1:0:0:2::", "1:0:0:2::"),
        ])
    func canonical(_ text: String, _ expected: String) throws {
        let address = try #require(IPv6Address(text))
        #expect(address.description == expected)
        #expect(IPv6Address(expected) == address)
        let bytes = address.bytes
        let again = IPv6Address(bytes: bytes.span)
        #expect(again == address)
        #expect(bytes.count == 16)
    }

    @Test(
        "What is no address",
        arguments: [
            "", ":", ":::", "::::", "1", "1:", ":1", "1:2", "1::2::3", ":::1", "1:::2", "1:::", "::1:",
            ":1::",
            "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", ":2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "12345::", "g::", "+1::", "-1::", " ::1", "::1 ",
            "::1%eth0",
            "[::1]", "::1/128", "1.2.3.4", "::1.2.3", "::1.2.3.4.5", "::1.2.3.256", "::01.2.3.4", "1.2.3.4::",
            "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "0x1::", "::\u{301}", "١::",
        ])
    func refused(_ text: String) { #expect(IPv6Address(text) == nil) }

    @Test("Every pattern of zero groups reads back as itself, and is never longer than needed")
    func everyZeroPattern() throws {
        for pattern in 0..<256 {
            let groups = (0..<8).map { pattern >> $0 & 1 == 1 ? UInt64(0xF00D) : 0 }
            let address = IPv6Address(
                high: groups[0..<4].reduce(0) { ($0 << 16) | $1 },
                low: groups[4..<8].reduce(0) { ($0 << 16) | $1 })
            let text = address.description
            #expect(IPv6Address(text) == address, "\(text)")
            #expect(address.groups.map(UInt64.init) == groups)
            // RFC 5952 section 4.2.2: one zero group alone is not shortened, two are.
            let twoZeros = (0..<7).contains { groups[$0] == 0 && groups[$0 + 1] == 0 }
            #expect(text.contains("::") == twoZeros, "\(text)")
        }
    }

    @Test("An IPv4-mapped address gives its IPv4 address, and its scope")
    func mapped() {
        #expect(IPv6Address("::ffff:10.1.2.3")?.mappedIPv4 == IPv4Address("10.1.2.3"))
        #expect(IPv6Address("::ffff:10.1.2.3")?.scope == .privateUse)
        #expect(IPv6Address("::10.1.2.3")?.mappedIPv4 == nil)
        #expect(IPv6Address("1::ffff:10.1.2.3")?.mappedIPv4 == nil)
    }

    @Test("Only 16 bytes make an address", arguments: [0, 4, 15, 17])
    func byteCount(_ count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        let made = IPv6Address(bytes: bytes.span)
        #expect(made == nil)
    }

    @Test(
        "The ranges of RFC 6890",
        arguments: [
            ("::", .unspecified), ("::1", .loopback), ("::2", .reserved), ("fe80::1", .linkLocal),
            ("febf::1", .linkLocal),
            ("fec0::1", .global), ("fc00::1", .privateUse), ("fdff::1", .privateUse), ("fe00::1", .global),
            ("ff02::1", .multicast), ("::192.0.2.1", .reserved),
            ("2001:4860::1", .global),
        ] as [(String, AddressScope)])
    func scope(_ text: String, _ scope: AddressScope) { #expect(IPv6Address(text)?.scope == scope) }
}

@Suite struct IPAddresses {
    @Test("Either family, told apart by its text")
    func either() throws {
        #expect(IPAddress("192.0.2.1") == .v4(try #require(IPv4Address("192.0.2.1"))))
        #expect(IPAddress("2001:db8::1") == .v6(try #require(IPv6Address("2001:db8::1"))))
        #expect(IPAddress("host") == nil)
        #expect(IPAddress("2001:DB8::1")?.description == "2001:db8::1")
        #expect(IPAddress("192.0.2.1")?.description == "192.0.2.1")
        #expect(IPAddress("::1")?.scope == .loopback)
        #expect(IPAddress("127.0.0.1")?.scope == .loopback)
    }
}
