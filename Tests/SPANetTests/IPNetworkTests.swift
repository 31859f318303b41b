import SPANet
import Testing

@Suite struct IPNetworks {
    private func network(_ text: String) -> IPNetwork? {
        let bytes = Array(text.utf8)
        return IPNetwork(parsing: bytes.span)
    }

    @Test(
        "Addresses, prefixes and contiguous masks",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("192.0.2.7/32", "192.0.2.7"), ("192.0.2.7/24", "192.0.2.0/24"),
            ("192.0.2.7/1", "128.0.0.0/1"), ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.1.2.3/255.0.0.0", "10.0.0.0/8"),
            ("10.1.2.3/255.255.255.255", "10.1.2.3"), ("10.1.2.3/128.0.0.0", "0.0.0.0/1"),
            ("10.1.2.3/255.255.254.0", "10.1.2.0/23"), ("2001:db8::7", "2001:db8::7"),
            ("2001:db8::7/128", "2001:db8::7"), ("2001:db8::7/127", "2001:db8::6/127"),
            ("2001:db8:ffff:ffff::/33", "2001:db8:8000::/33"), ("2001:db8::7/64", "2001:db8::/64"),
            ("2001:db8::7:7:7:7/65", "2001:db8::/65"), ("ff00::/8", "ff00::/8"),
        ])
    func read(_ text: String, _ canonical: String) { #expect(network(text)?.description == canonical) }

    @Test(
        "What is no network",
        arguments: [
            "", "/", "/24", "10.0.0.0/", "10.0.0.0/0", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1",
            "10.0.0.0/24/24",
            "10.0.0.0/255.0.255.0", "10.0.0.0/0.255.255.255", "10.0.0.0/0.0.0.0", "10.0.0/24", "10.0.0.0 /24",
            "ANY", "::/0", "::1/129", "::1/ffff::", "::1/255.0.0.0", "2001:DB8::1", "2001:db8:0::1",
            "::ffff:192.0.2.1",
            "fe80::1%eth0", "[::1]",
        ])
    func refused(_ text: String) { #expect(network(text) == nil) }

    @Test("A network contains its first and its last address, and neither neighbour")
    func contains() throws {
        let net = try #require(network("192.0.2.128/25"))
        for (text, inside) in [
            ("192.0.2.127", false), ("192.0.2.128", true), ("192.0.2.255", true), ("192.0.3.0", false),
        ] {
            #expect(net.contains(try #require(IPAddress(text))) == inside)
        }
        for text in ["255.255.255.255", "0.0.0.0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"] {
            let address = try #require(IPAddress(text))
            #expect(IPNetwork.any.filter { $0.contains(address) }.count == 1)
        }
        #expect(IPNetwork.any.map(\.description) == ["0.0.0.0/0", "::/0"])
    }

    @Test("Every prefix length makes as many addresses as it says")
    func everyPrefix() throws {
        for length in 0...32 {
            let net = try #require(IPNetwork(.v4(IPv4Address(bits: 0xAAAA_AAAA)), prefixLength: length))
            #expect(net.prefixLength == length)
            #expect(net.contains(.v4(IPv4Address(bits: 0xAAAA_AAAA))))
            let flipped: UInt32 = length == 0 ? 0 : 0xAAAA_AAAA ^ (1 << UInt32(32 - length))
            #expect(net.contains(.v4(IPv4Address(bits: flipped))) == (length == 0))
        }
        for length in 0...128 {
            let (high, low) = (UInt64(0xAAAA_AAAA_AAAA_AAAA), UInt64(0x5555_5555_5555_5555))
            let net = try #require(IPNetwork(.v6(IPv6Address(high: high, low: low)), prefixLength: length))
            #expect(net.contains(.v6(IPv6Address(high: high, low: low))))
            // The last bit of the prefix, and the first behind it.
            for (bit, counts) in [(length - 1, length > 0), (length, false)] where (0..<128).contains(bit) {
                let other = IPv6Address(
                    high: bit < 64 ? high ^ 1 << UInt64(63 - bit) : high,
                    low: bit < 64 ? low : low ^ 1 << UInt64(127 - bit))
                #expect(net.contains(.v6(other)) == !counts)
            }
        }
        for (address, length) in [(IPAddress.v4(.unspecified), 33), (.v6(.unspecified), 129)] {
            #expect(IPNetwork(address, prefixLength: -1) == nil)
            #expect(IPNetwork(address, prefixLength: length) == nil)
        }
    }
}
