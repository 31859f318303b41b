/// Decimal numbers as the wire and the configuration files write them, read strictly.
///
/// No sign, no blank, no leading zero, no trailing text and no wrap-around: fwknop's `strtol` accepts all of
/// these, and a mistyped number silently changes what is opened (docs/protocol.md, section 11).
package enum Decimal {
    /// The value of `digits`, or nil unless it is a canonical number that fits in 64 bits.
    package static func parse(_ digits: Span<UInt8>) -> UInt64? {
        guard (1...20).contains(digits.count) else { return nil }
        guard digits.count == 1 || digits[0] != UInt8(ascii: "0") else { return nil }
        var value: UInt64 = 0
        for index in digits.indices {
            let digit = digits[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !over, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// The value of `digits` where it lies in `range`.
    package static func parse(_ digits: Span<UInt8>, in range: ClosedRange<UInt64>) -> UInt64? {
        guard let value = parse(digits), range.contains(value) else { return nil }
        return value
    }
}
