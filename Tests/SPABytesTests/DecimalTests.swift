import SPABytes
import Testing

@Suite struct Decimals {
    @Test(
        "Canonical numbers are read",
        arguments: [
            ("0", 0), ("1", 1), ("9", 9), ("10", 10), ("65535", 65535), ("4294967296", 4_294_967_296),
            ("18446744073709551615", UInt64.max),
        ] as [(String, UInt64)])
    func canonical(_ text: String, _ value: UInt64) { #expect(parse(text) == value) }

    @Test(
        "Everything else is refused",
        arguments: [
            "", "00", "01", "+1", "-1", "-0", " 1", "1 ", "1x", "x", "0x10", "1e3", "1.0", "1,0", "\u{0}",
            "1\u{0}",
            "18446744073709551616", "18446744073709551620", "99999999999999999999", "100000000000000000000",
            "/", ":",
            "٣",
        ])
    func refused(_ text: String) { #expect(parse(text) == nil) }

    @Test("A range includes its ends")
    func range() {
        #expect(parse("1", in: 1...65535) == 1)
        #expect(parse("65535", in: 1...65535) == 65535)
        #expect(parse("0", in: 1...65535) == nil)
        #expect(parse("65536", in: 1...65535) == nil)
    }

    @Test("Every 16-bit number comes back")
    func everyPort() {
        for value in UInt64(0)...65535 { #expect(parse(String(value)) == value) }
    }

    private func parse(_ text: String) -> UInt64? {
        let bytes = Array(text.utf8)
        return Decimal.parse(bytes.span)
    }

    private func parse(_ text: String, in range: ClosedRange<UInt64>) -> UInt64? {
        let bytes = Array(text.utf8)
        return Decimal.parse(bytes.span, in: range)
    }
}
