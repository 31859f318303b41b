internal import SPABytes

/// A range of IPv4 addresses with a common prefix.
package struct IPv4Network: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the range.
    package let base: IPv4Address
    /// Length of the prefix in bits, 0 to 32.
    package let prefixLength: Int

    /// Every address (`ANY` in access.conf).
    package static let any = IPv4Network(base: .unspecified, prefixLength: 0)

    private init(base: IPv4Address, prefixLength: Int) {
        (self.base, self.prefixLength) = (base, prefixLength)
    }

    /// The network of `address`; bits behind the prefix are cleared. Nil for a prefix outside 0...32.
    package init?(_ address: IPv4Address, prefixLength: Int) {
        guard (0...32).contains(prefixLength) else { return nil }
        let mask = IPv4Network.mask(prefixLength)
        self.init(base: IPv4Address(bits: address.bits & mask), prefixLength: prefixLength)
    }

    /// Reads `a.b.c.d`, `a.b.c.d/1...32` or `a.b.c.d/m.m.m.m` with a contiguous mask.
    package init?(parsing text: Span<UInt8>) {
        var slash = 0
        while slash < text.count, text[slash] != UInt8(ascii: "/") { slash += 1 }
        guard let address = IPv4Address(parsing: text.extracting(0..<slash)) else { return nil }
        guard slash < text.count else {
            self.init(base: address, prefixLength: 32)
            return
        }
        let rest = text.extracting((slash + 1)..<text.count)
        if let length = Decimal.parse(rest, in: 1...32) {
            self.init(address, prefixLength: Int(length))
        } else if let mask = IPv4Address(parsing: rest), mask.bits != 0,
            IPv4Network.mask(mask.bits.leadingOnes) == mask.bits
        {
            self.init(address, prefixLength: mask.bits.leadingOnes)
        } else {
            return nil
        }
    }

    /// Whether `address` lies in the range.
    package func contains(_ address: IPv4Address) -> Bool {
        address.bits & IPv4Network.mask(prefixLength) == base.bits
    }

    /// `a.b.c.d/n`, or the address alone where `n` is 32.
    package var description: String { prefixLength == 32 ? base.description : "\(base)/\(prefixLength)" }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : ~UInt32(0) << UInt32(32 - length) }
}

extension UInt32 {
    fileprivate var leadingOnes: Int { (~self).leadingZeroBitCount }
}
