import SPANet
import SPAPolicy
import Testing

@Suite struct Widths {
    /// Prefix for IPv4 and IPv6, SOURCE, address, what is opened.
    static let rows: [(Int, Int, [String], String, String)] = [
        (32, 128, ["0.0.0.0/0", "::/0"], "203.0.113.7", "203.0.113.7"),
        (32, 128, ["0.0.0.0/0", "::/0"], "2001:db8::7", "2001:db8::7"),
        (24, 128, ["0.0.0.0/0", "::/0"], "203.0.113.7", "203.0.113.0/24"),
        (24, 128, ["0.0.0.0/0", "::/0"], "2001:db8::7", "2001:db8::7"),
        (32, 64, ["0.0.0.0/0", "::/0"], "203.0.113.7", "203.0.113.7"),
        (32, 64, ["0.0.0.0/0", "::/0"], "2001:db8:1:2:3::7", "2001:db8:1:2::/64"),
        (28, 100, ["::/0", "0.0.0.0/0"], "203.0.113.200", "203.0.113.192/28"),
        (28, 100, ["::/0"], "2001:db8::1:2345:6789", "2001:db8::1:2000:0/100"),
        // Nothing beyond SOURCE.
        (24, 64, ["203.0.113.7/32"], "203.0.113.7", "203.0.113.7"),
        (24, 64, ["203.0.113.128/25"], "203.0.113.200", "203.0.113.128/25"),
        (28, 64, ["203.0.113.128/25"], "203.0.113.200", "203.0.113.192/28"),
        (24, 64, ["203.0.112.0/20"], "203.0.113.200", "203.0.113.0/24"),
        (24, 64, ["203.0.113.200/31", "203.0.113.192/27"], "203.0.113.200", "203.0.113.192/27"),
        (24, 64, ["2001:db8::/80"], "2001:db8::9", "2001:db8::/80"),
        // An address that no SOURCE holds may be granted, alone.
        (24, 64, ["198.51.100.0/24"], "203.0.113.7", "203.0.113.7"),
        (24, 64, ["0.0.0.0/0"], "2001:db8::9", "2001:db8::9"),
        (24, 64, ["::/0"], "203.0.113.7", "203.0.113.7"),
        (24, 64, [], "203.0.113.7", "203.0.113.7"),
        // Carriers, homes, and what is neither.
        (24, 64, ["0.0.0.0/0"], "100.64.5.6", "100.64.5.0/24"),
        (24, 64, ["0.0.0.0/0"], "10.1.2.3", "10.1.2.0/24"),
        (24, 64, ["0.0.0.0/0"], "127.0.0.1", "127.0.0.1"),
        (24, 64, ["0.0.0.0/0"], "169.254.1.1", "169.254.1.1"),
        (24, 64, ["::/0"], "fe80::1", "fe80::1"), (24, 64, ["::/0"], "::1", "::1"),
        (24, 64, ["::/0"], "fd00::1", "fd00::/64"), (24, 64, ["::/0"], "::192.0.2.1", "::c000:201"),
        // What is translated has all the world for neighbours.
        (24, 64, ["::/0"], "::ffff:0:192.0.2.1", "::ffff:0:c000:201"),
        (24, 64, ["::/0"], "64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
        (24, 64, ["::/0"], "64:ff9b:1:fffe::192.0.2.1", "64:ff9b:1:fffe::c000:201"),
        (24, 64, ["::/0"], "2001::4136:e378:8000:63bf:3fff:fdd2", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
        (24, 64, ["::/0"], "64:ff9b:2::1", "64:ff9b:2::/64"), (24, 64, ["::/0"], "2001:1::1", "2001:1::/64"),
    ]

    @Test("What is opened is the narrower of prefix and SOURCE, around the address", arguments: rows)
    func opened(_ v4: Int, _ v6: Int, _ sources: [String], _ address: String, _ expected: String) throws {
        let width = try #require(GrantWidth(v4: v4, v6: v6))
        let address = try #require(IPAddress(address))
        let networks = try sources.map { text throws -> IPNetwork in
            let parts = text.split(separator: "/")
            let base = try #require(IPAddress(String(parts[0])))
            return try #require(IPNetwork(base, prefixLength: Int(parts[1]) ?? -1))
        }
        let network = width.network(around: address, within: networks)
        #expect(network.description == expected)
        #expect(network.contains(address))
    }

    @Test func nothingWiderCanBeSaid() {
        for (v4, v6) in [(23, 128), (33, 128), (32, 63), (32, 129), (0, 0), (-1, 64)] {
            #expect(GrantWidth(v4: v4, v6: v6) == nil)
        }
        #expect(GrantWidth(v4: 24, v6: 64) != nil)
        #expect(GrantWidth() == .single)
    }
}
