/// How long a door may stay open, in whole seconds. Zero, "for ever" and overflow cannot be expressed.
package struct Lifetime: Hashable, Sendable, Comparable {
    /// 1 to 8388608 (97 days), the range of fwknop's FW_ACCESS_TIMEOUT.
    package let seconds: UInt32

    package static let range: ClosedRange<UInt32> = 1...8_388_608

    package init?(seconds: UInt32) {
        guard Lifetime.range.contains(seconds) else { return nil }
        self.seconds = seconds
    }

    private init(known seconds: UInt32) { self.seconds = seconds }

    /// fwknop's default FW_ACCESS_TIMEOUT.
    package static let standard = Lifetime(known: 30)
    /// fwknop's default MAX_FW_TIMEOUT.
    package static let standardMaximum = Lifetime(known: 300)

    package static func < (a: Lifetime, b: Lifetime) -> Bool { a.seconds < b.seconds }
}
