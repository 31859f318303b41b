internal import SPABytes
internal import SPAWire

/// What is wrong with a value, `offset` bytes behind its start.
struct ValueFault: Error {
    var offset = 0
    let reason: String

    init(_ reason: String, at offset: Int = 0) { (self.offset, self.reason) = (offset, reason) }
}

/// Turns the text of a value into what it means; everything but the canonical forms is refused.
enum ValueReader {
    /// Y, N, yes, no in any case.
    static func boolean(_ value: Span<UInt8>) throws(ValueFault) -> Bool {
        switch value.count <= 3 ? Words.string(value).uppercased() : "" {
        case "Y", "YES": return true
        case "N", "NO": return false
        default: throw ValueFault("neither Y nor N; write one of them")
        }
    }

    /// A number of digits alone in `range`.
    static func number(
        _ value: Span<UInt8>, in range: ClosedRange<UInt64>, _ unit: String = ""
    ) throws(ValueFault) -> UInt64 {
        guard let number = Decimal.parse(value, in: range) else {
            let of = unit.isEmpty ? "" : " of \(unit)"
            throw ValueFault(
                "not a number\(of) from \(range.lowerBound) to \(range.upperBound); write digits only")
        }
        return number
    }

    /// Printable ASCII, 1 to `limit` bytes, without quotes around it.
    static func text(_ value: Span<UInt8>, limit: Int) throws(ValueFault) -> String {
        for index in value.indices {
            let byte = value[index]
            guard (0x20...0x7E).contains(byte) || byte == UInt8(ascii: "\t") else {
                throw ValueFault("a byte that is not printable ASCII; remove it", at: index)
            }
        }
        guard value.count > 0, value[0] != UInt8(ascii: "\""), value[0] != UInt8(ascii: "'") else {
            throw ValueFault("quotes have no meaning in this file and become part of the value; remove them")
        }
        guard value.count <= limit else {
            throw ValueFault("the value has \(value.count) bytes; at most \(limit) are possible", at: limit)
        }
        return Words.string(value)
    }

    /// Text of one word.
    static func word(_ value: Span<UInt8>, limit: Int) throws(ValueFault) -> String {
        for index in value.indices where LineGrammar.isBlank(value[index]) {
            throw ValueFault("one word is expected; remove what follows the blank", at: index)
        }
        return try text(value, limit: limit)
    }

    /// A path from the root, shorter than what the kernel takes.
    static func absolutePath(_ value: Span<UInt8>) throws(ValueFault) -> String {
        let path = try word(value, limit: 1000)
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw ValueFault("the path is not absolute; write it from /")
        }
        for index in value.indices where value[index] == UInt8(ascii: "$") {
            throw ValueFault(
                "a variable is replaced at the start of a value only; write the path out", at: index)
        }
        guard !path.split(separator: "/").contains("..") else {
            throw ValueFault("`..` in a path; write the path out")
        }
        return path
    }

    /// The ranges of a comma list's elements, without the blanks around them; none is empty or holds a blank.
    static func elements(_ value: Span<UInt8>) throws(ValueFault) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        while start <= value.count {
            var stop = start
            while stop < value.count, value[stop] != UInt8(ascii: ",") { stop += 1 }
            var low = start
            var high = stop
            while low < high, LineGrammar.isBlank(value[low]) { low += 1 }
            while high > low, LineGrammar.isBlank(value[high - 1]) { high -= 1 }
            guard low < high else {
                throw ValueFault("an element of the list is empty; remove the spare comma", at: low)
            }
            for index in low..<high where LineGrammar.isBlank(value[index]) {
                throw ValueFault("a comma is missing between two elements of the list", at: index)
            }
            ranges.append(low..<high)
            start = stop + 1
        }
        return ranges
    }

    static func digest(_ value: Span<UInt8>) throws(ValueFault) -> DigestType {
        guard let type = DigestType(word: try word(value, limit: 40)) else {
            throw ValueFault("unknown digest; use \(DigestType.allCases.map(\.word).joined(separator: ", "))")
        }
        return type
    }

    static func mode(_ value: Span<UInt8>) throws(ValueFault) -> EncryptionMode {
        let word = try word(value, limit: 40)
        if let mode = EncryptionMode(word: word) { return mode }
        if word.lowercased() == "asymmetric" {
            throw ValueFault("known, not supported yet: GnuPG packets; use CBC")
        }
        throw ValueFault("unknown mode; use \(EncryptionMode.allCases.map(\.word).joined(separator: ", "))")
    }
}

/// Small conversions of bytes.
enum Words {
    static func upper(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
    }

    /// The text of bytes that are known to be harmless: never of a key.
    static func string(_ bytes: Span<UInt8>) -> String {
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        for index in bytes.indices { copy.append(bytes[index]) }
        return String(decoding: copy, as: UTF8.self)
    }

    static func string(_ text: Span<UInt8>, _ range: Range<Int>) -> String { string(text.extracting(range)) }
}
