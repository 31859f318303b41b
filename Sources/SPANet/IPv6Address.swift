/// An IPv6 address.
package struct IPv6Address: Hashable, Sendable, CustomStringConvertible {
    /// The first and the last eight bytes, each as a number, most significant byte first.
    package let high: UInt64, low: UInt64

    /// From two halves, each most significant byte first.
    package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// `::`, no address.
    package static let unspecified = IPv6Address(high: 0, low: 0)

    /// From the 16 bytes in network order; nil for another count.
    package init?(bytes: Span<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        for index in 0..<8 { halves.0 = (halves.0 << 8) | UInt64(bytes[index]) }
        for index in 8..<16 { halves.1 = (halves.1 << 8) | UInt64(bytes[index]) }
        self.init(high: halves.0, low: halves.1)
    }

    /// The 16 bytes in network order.
    package var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * $0)) }
    }

    /// The eight groups of 16 bits.
    package var groups: [UInt16] {
        (0..<8).map { index in
            UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)))
        }
    }

    /// The IPv4 address inside an IPv4-mapped one (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2).
    package var mappedIPv4: IPv4Address? {
        guard high == 0, low >> 32 == 0xffff else { return nil }
        return IPv4Address(bits: UInt32(truncatingIfNeeded: low))
    }

    /// Reads the text forms of RFC 4291 section 2.2, without a zone.
    package init?(_ text: String) {
        var head: [UInt16] = []
        var tail: [UInt16] = []
        var compressed = false
        let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (3...9).contains(pieces.count) else { return nil }
        for (index, piece) in pieces.enumerated() {
            if piece.isEmpty {
                // "::" shows as one empty piece in the middle, two at either end of the text.
                if index == 0 {
                    guard pieces[1].isEmpty else { return nil }
                } else if index == pieces.count - 1 {
                    guard pieces[index - 1].isEmpty else { return nil }
                } else {
                    guard !compressed else { return nil }
                    compressed = true
                }
                continue
            }
            var groups: [UInt16] = []
            if piece.utf8.contains(UInt8(ascii: ".")) {
                guard index == pieces.count - 1, let v4 = IPv4Address(String(piece)) else { return nil }
                groups = [UInt16(v4.bits >> 16), UInt16(truncatingIfNeeded: v4.bits)]
            } else {
                guard piece.utf8.count <= 4, piece.utf8.allSatisfy(IPv6Address.isHexDigit),
                    let group = UInt16(piece, radix: 16)
                else { return nil }
                groups = [group]
            }
            if compressed { tail += groups } else { head += groups }
        }
        let missing = 8 - head.count - tail.count
        guard compressed ? missing >= 1 : missing == 0 else { return nil }
        let all = head + [UInt16](repeating: 0, count: missing) + tail
        self.init(
            high: all[0..<4].reduce(0) { ($0 << 16) | UInt64($1) },
            low: all[4..<8].reduce(0) { ($0 << 16) | UInt64($1) })
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// The canonical text of RFC 5952: lower case, the longest run of two or more zero groups as `::`.
    package var description: String {
        if let mapped = mappedIPv4 { return "::ffff:\(mapped)" }
        let groups = groups
        var best = 0..<0
        var start = 0
        while start < 8 {
            guard groups[start] == 0 else {
                start += 1
                continue
            }
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start >= 2, end - start > best.count { best = start..<end }
            start = end
        }
        func joined(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !best.isEmpty else { return joined(groups[...]) }
        return joined(groups[..<best.lowerBound]) + "::" + joined(groups[best.upperBound...])
    }
}
