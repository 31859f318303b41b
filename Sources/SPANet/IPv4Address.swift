internal import SPABytes

/// An IPv4 address.
package struct IPv4Address: Hashable, Sendable, CustomStringConvertible {
    /// The address as a number in host order: 192.0.2.1 is 0xC0000201.
    package let bits: UInt32

    /// From a number in host order.
    package init(bits: UInt32) { self.bits = bits }

    /// `0.0.0.0`, which in a packet means "the source you see" (docs/protocol.md, 2.3).
    package static let unspecified = IPv4Address(bits: 0)

    /// Reads the canonical dotted form: four numbers 0 to 255, no leading zero (which `inet_aton` takes as octal).
    package init?(parsing text: Span<UInt8>) {
        var bits: UInt32 = 0
        var start = 0
        for part in 0..<4 {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: ".") { end += 1 }
            guard (end < text.count) == (part < 3),
                let octet = Decimal.parse(text.extracting(start..<end), in: 0...255)
            else { return nil }
            bits = (bits << 8) | UInt32(octet)
            start = min(end + 1, text.count)
        }
        self.bits = bits
    }

    /// Reads the canonical dotted form.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(parsing: bytes.span)
    }

    /// The canonical dotted form.
    package var description: String {
        "\(bits >> 24).\((bits >> 16) & 255).\((bits >> 8) & 255).\(bits & 255)"
    }
}
