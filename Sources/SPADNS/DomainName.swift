/// A domain name as labels (RFC 1035 section 2.3.1, with `_` as names in use have it).
package struct DomainName: Hashable, Sendable, CustomStringConvertible {
    /// Lower case, each 1 to 63 bytes; together at most 253 with the dots.
    let labels: [[UInt8]]

    /// Reads `a.example.net`, a final dot allowed; nil for anything that is no name of letters, digits, `-` and `_`.
    package init?(_ text: String) {
        var name = Substring(text)
        if name.hasSuffix(".") { name = name.dropLast() }
        guard (1...253).contains(name.utf8.count) else { return nil }
        var labels: [[UInt8]] = []
        for part in name.split(separator: ".", omittingEmptySubsequences: false) {
            let label = part.utf8.map(DomainName.lower)
            guard (1...63).contains(label.count), label.allSatisfy(DomainName.isPlain) else { return nil }
            labels.append(label)
        }
        self.labels = labels
    }

    /// From labels that were read from a message; any bytes, which compare without regard to case.
    init(labels: [[UInt8]]) { self.labels = labels.map { $0.map(DomainName.lower) } }

    package var description: String {
        labels.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
    }

    static func lower(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
