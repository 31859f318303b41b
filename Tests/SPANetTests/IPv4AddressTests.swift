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
