import SPANet
import Testing

@Suite struct IPv4Addresses {
    @Test(
        "The canonical dotted form is read and written",
        arguments: [
            ("0.0.0.0", 0), ("192.0.2.1", 0xC000_0201), ("255.255.255.255", 0xFFFF_FFFF),
            ("10.20.30.40", 0x0A14_1E28),
            ("1.2.3.4", 0x0102_0304),
        ] as [(String, UInt32)])
    func canonical(_ text: String, _ bits: UInt32) {
        #expect(IPv4Address(text)?.bits == bits)
        #expect(IPv4Address(bits: bits).description == text)
    }

    @Test(
        "Every other spelling is refused",
        arguments: [
            "", ".", "...", "1", "1.2", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.", "1.2.3.4.5", "1..3.4",
            "256.1.1.1",
            "1.1.1.256", "01.2.3.4", "1.2.3.04", "000.0.0.0", "0x1.2.3.4", " 1.2.3.4", "1.2.3.4 ", "+1.2.3.4",
            "-1.2.3.4",
            "1.2.3.4/32", "1.2.3.a", "16909060", "::1", "1.2.3.4\u{0}",
        ])
    func refused(_ text: String) { #expect(IPv4Address(text) == nil) }

    @Test(
        "The ranges of RFC 6890",
        arguments: [
            ("0.0.0.0", .unspecified), ("0.0.0.1", .reserved), ("127.0.0.1", .loopback),
            ("127.255.255.255", .loopback),
            ("10.0.0.1", .privateUse), ("172.15.255.255", .global), ("172.16.0.0", .privateUse),
            ("172.31.255.255", .privateUse), ("172.32.0.0", .global), ("192.168.0.1", .privateUse),
            ("192.169.0.1", .global), ("100.63.255.255", .global), ("100.64.0.0", .sharedCarrier),
            ("100.127.255.255", .sharedCarrier), ("100.128.0.0", .global), ("169.254.1.1", .linkLocal),
            ("223.255.255.255", .global), ("224.0.0.1", .multicast), ("239.255.255.255", .multicast),
            ("240.0.0.0", .reserved), ("255.255.255.255", .reserved), ("8.8.8.8", .global),
        ] as [(String, AddressScope)])
    func scope(_ text: String, _ scope: AddressScope) { #expect(IPv4Address(text)?.scope == scope) }
}

@Suite struct IPv4Networks {
    private func network(_ text: String) -> IPv4Network? {
        let bytes = Array(text.utf8)
        return IPv4Network(parsing: bytes.span)
    }

    @Test(
        "Addresses, prefixes and contiguous masks",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("192.0.2.7/32", "192.0.2.7"), ("192.0.2.7/24", "192.0.2.0/24"),
            ("192.0.2.7/1", "128.0.0.0/1"), ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.1.2.3/255.0.0.0", "10.0.0.0/8"),
            ("10.1.2.3/255.255.255.255", "10.1.2.3"), ("10.1.2.3/128.0.0.0", "0.0.0.0/1"),
            ("10.1.2.3/255.255.254.0", "10.1.2.0/23"),
        ])
    func read(_ text: String, _ canonical: String) { #expect(network(text)?.description == canonical) }

    @Test(
        "What is no network",
        arguments: [
            "", "/", "/24", "10.0.0.0/", "10.0.0.0/0", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1",
            "10.0.0.0/24/24",
            "10.0.0.0/255.0.255.0", "10.0.0.0/0.255.255.255", "10.0.0.0/0.0.0.0", "10.0.0/24", "10.0.0.0 /24",
            "ANY",
        ])
    func refused(_ text: String) { #expect(network(text) == nil) }

    @Test("A network contains its first and its last address, and neither neighbour")
    func contains() throws {
        let net = try #require(network("192.0.2.128/25"))
        for (text, inside) in [
            ("192.0.2.127", false), ("192.0.2.128", true), ("192.0.2.255", true), ("192.0.3.0", false),
        ] {
            #expect(net.contains(try #require(IPv4Address(text))) == inside)
        }
        #expect(IPv4Network.any.contains(IPv4Address(bits: .max)))
        #expect(IPv4Network.any.contains(.unspecified))
        #expect(IPv4Network.any.description == "0.0.0.0/0")
    }

    @Test("Every prefix length makes as many addresses as it says")
    func everyPrefix() throws {
        for length in 0...32 {
            let net = try #require(IPv4Network(IPv4Address(bits: 0xAAAA_AAAA), prefixLength: length))
            #expect(net.prefixLength == length)
            #expect(net.contains(IPv4Address(bits: 0xAAAA_AAAA)))
            let flipped: UInt32 = length == 0 ? 0 : 0xAAAA_AAAA ^ (1 << UInt32(32 - length))
            #expect(net.contains(IPv4Address(bits: flipped)) == (length == 0))
        }
        #expect(IPv4Network(.unspecified, prefixLength: -1) == nil)
        #expect(IPv4Network(.unspecified, prefixLength: 33) == nil)
    }
}
