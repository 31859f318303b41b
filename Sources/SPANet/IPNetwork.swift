internal import SPABytes

/// A range of addresses of one family with a common prefix.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the range.
    package let base: IPAddress
    /// Length of the prefix in bits, 0 to 32 or 128.
    package let prefixLength: Int

    /// Every address of both families (`ANY` in access.conf).
    package static let any = [
        IPNetwork(base: .v4(.unspecified), prefixLength: 0),
        IPNetwork(base: .v6(.unspecified), prefixLength: 0),
    ]

    private init(base: IPAddress, prefixLength: Int) {
        (self.base, self.prefixLength) = (base, prefixLength)
    }

    /// The network that holds this address and no other.
    package init(only address: IPAddress) { self.init(base: address, prefixLength: address.width) }

    /// Whether it holds one address only.
    package var isSingle: Bool { prefixLength == base.width }

    /// The network of `address`; bits behind the prefix are cleared. Nil for a prefix outside 0...32 or 0...128.
    package init?(_ address: IPAddress, prefixLength: Int) {
        guard (0...address.width).contains(prefixLength) else { return nil }
        self.init(base: address.masked(prefixLength), prefixLength: prefixLength)
    }

    /// Reads `ADDRESS`, `ADDRESS/LENGTH` with a length from 1, or `a.b.c.d/m.m.m.m` with a contiguous mask.
    package init?(parsing text: Span<UInt8>) {
        var slash = 0
        while slash < text.count, text[slash] != UInt8(ascii: "/") { slash += 1 }
        guard let address = IPAddress(parsing: text.extracting(0..<slash)) else { return nil }
        guard slash < text.count else {
            self.init(base: address, prefixLength: address.width)
            return
        }
        let rest = text.extracting((slash + 1)..<text.count)
        if let length = Decimal.parse(rest, in: 1...UInt64(address.width)) {
            self.init(address, prefixLength: Int(length))
        } else if case .v4 = address, let mask = IPv4Address(parsing: rest), mask.bits != 0,
            IPv4Address(bits: .max).masked(mask.bits.leadingOnes) == mask
        {
            self.init(address, prefixLength: mask.bits.leadingOnes)
        } else {
            return nil
        }
    }

    /// Whether `address` is of this family and lies in the range.
    package func contains(_ address: IPAddress) -> Bool {
        address.width == base.width && address.masked(prefixLength) == base
    }

    /// `base/length`, or the address alone where the range holds no other.
    package var description: String {
        isSingle ? base.description : "\(base)/\(prefixLength)"
    }
}

extension IPAddress {
    /// Bits of an address of this family.
    package var width: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// The address with every bit behind the first `length` cleared; `length` from 0 to ``width``.
    package func masked(_ length: Int) -> IPAddress {
        switch self {
        case .v4(let address): .v4(address.masked(length))
        case .v6(let address):
            .v6(
                IPv6Address(
                    high: address.high & UInt64.mask(length), low: address.low & UInt64.mask(length - 64)))
        }
    }
}

extension IPv4Address {
    fileprivate func masked(_ length: Int) -> IPv4Address {
        IPv4Address(bits: bits & UInt32(truncatingIfNeeded: UInt64.mask(length) >> 32))
    }
}

extension UInt64 {
    /// The first `length` bits set; none for a length below 0, all for one above 64.
    fileprivate static func mask(_ length: Int) -> UInt64 {
        length <= 0 ? 0 : length >= 64 ? .max : ~0 << UInt64(64 - length)
    }
}

extension UInt32 {
    fileprivate var leadingOnes: Int { (~self).leadingZeroBitCount }
}
