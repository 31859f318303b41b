internal import SPABytes
internal import SPANet

/// What the single fields may hold: the strict side of docs/protocol.md.
package enum FieldRules {
    /// Seconds since 1970. libfko refuses more, although its clients could print it.
    package static let timestamps: ClosedRange<UInt64> = 0...0x7FFF_FFFF
    /// Seconds that a client may ask for on the wire; what it gets is the server's decision.
    package static let timeouts: ClosedRange<UInt64> = 1...65536
    /// Bytes of a user name that fwknop's decoder takes; its encoder would write more.
    package static let userLengths = 1...48
    /// Bytes of a NAT host.
    package static let hostLengths = 1...70

    /// Exactly 16 digits.
    package static func isRandom(_ text: Span<UInt8>) -> Bool {
        guard text.count == 16 else { return false }
        for index in text.indices where !isDigit(text[index]) { return false }
        return true
    }

    /// 1 to 48 bytes of printable ASCII, the blank included, without `"/\[]:;|=,+*?<>`.
    package static func isUserName(_ text: Span<UInt8>) -> Bool {
        guard userLengths.contains(text.count) else { return false }
        for index in text.indices where !isUserCharacter(text[index]) { return false }
        return true
    }

    /// `d.d` or `d.d.d`, where each `d` is one or two digits.
    package static func isVersion(_ text: Span<UInt8>) -> Bool {
        var (numbers, digits) = (1, 0)
        for index in text.indices {
            if isDigit(text[index]) {
                digits += 1
                guard digits <= 2 else { return false }
            } else {
                guard text[index] == UInt8(ascii: "."), digits > 0 else { return false }
                numbers += 1
                digits = 0
            }
        }
        return digits > 0 && (2...3).contains(numbers)
    }

    /// A canonical IPv4 address, or a host name of letters, digits and inner dashes (RFC 1123 section 2.1).
    ///
    /// A name whose last label is a number (`999.1.1.1`, `127.1`, `0x7f.1`) is refused: resolvers read it as an address.
    package static func isHost(_ text: Span<UInt8>) -> Bool {
        guard hostLengths.contains(text.count) else { return false }
        if IPv4Address(parsing: text) != nil { return true }
        var start = 0
        for index in 0...text.count where index == text.count || text[index] == UInt8(ascii: ".") {
            let label = text.extracting(start..<index)
            guard isLabel(label) else { return false }
            if index == text.count { return !isNumber(label) }
            start = index + 1
        }
        return false
    }

    private static func isLabel(_ label: Span<UInt8>) -> Bool {
        guard (1...63).contains(label.count) else { return false }
        let dash = UInt8(ascii: "-")
        guard label[0] != dash, label[label.count - 1] != dash else { return false }
        for index in label.indices {
            guard isDigit(label[index]) || isLetter(label[index]) || label[index] == dash else {
                return false
            }
        }
        return true
    }

    /// Whether inet_aton(3) would take the label for a number: digits, or `0x` and hexadecimal digits.
    private static func isNumber(_ label: Span<UInt8>) -> Bool {
        let hexadecimal =
            label.count >= 2 && label[0] == UInt8(ascii: "0") && label[1] | 0x20 == UInt8(ascii: "x")
        for index in label.indices where !(hexadecimal && index < 2) {
            let isHexLetter = (0x61...0x66).contains(label[index] | 0x20)
            guard isDigit(label[index]) || (hexadecimal && isHexLetter) else { return false }
        }
        return true
    }

    private static func isUserCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "="), UInt8(ascii: ","),
            UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "<"), UInt8(ascii: ">"):
            false
        default: (0x20...0x7E).contains(byte)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
