/// Base64 with the standard alphabet (RFC 4648 section 4), in the one canonical form.
///
/// The fwknop wire format writes no `=`; configuration files do. A value has exactly one accepted spelling:
/// a stray bit or a left-over character is refused, because a second spelling of a packet is a second
/// replay digest (protocol reference, sections 2.7 and 5).
package enum Base64 {
    private static let alphabet: [UInt8] = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let reverse: [UInt8] = {
        var table = [UInt8](repeating: 0xff, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    /// Whether `byte` is one of the 64 letters (`=` is not).
    package static func isLetter(_ byte: UInt8) -> Bool { reverse[Int(byte)] != 0xff }

    /// Whether all of `text` is letters, with no look at its length.
    package static func isText(_ text: Span<UInt8>) -> Bool {
        let table = reverse
        var seen: UInt8 = 0
        for index in text.indices { seen |= table[Int(text[index])] }
        return seen & 0x80 == 0
    }

    /// Writes the text of `bytes`, without `=`, to the start of `text`; the number of characters, or nil when they do not fit.
    package static func encodeUnpadded(_ bytes: Span<UInt8>, into text: inout MutableSpan<UInt8>) -> Int? {
        guard text.count / 4 * 3 >= bytes.count else { return nil }
        let letters = alphabet
        var buffer: UInt32 = 0
        var bits = 0
        var count = 0
        for index in bytes.indices {
            buffer = (buffer << 8) | UInt32(bytes[index])
            bits += 8
            while bits >= 6 {
                bits -= 6
                text[count] = letters[Int((buffer >> UInt32(bits)) & 63)]
                count += 1
            }
        }
        if bits > 0 {
            text[count] = letters[Int((buffer << UInt32(6 - bits)) & 63)]
            count += 1
        }
        return count
    }

    /// The text of `bytes`, without `=`.
    package static func encodeUnpadded(_ bytes: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var buffer: UInt32 = 0
        var bits = 0
        for index in bytes.indices {
            buffer = (buffer << 8) | UInt32(bytes[index])
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int((buffer >> UInt32(bits)) & 63)])
            }
        }
        if bits > 0 { text.append(alphabet[Int((buffer << UInt32(6 - bits)) & 63)]) }
        return text
    }

    /// The text of `bytes`, filled with `=` to a multiple of four.
    package static func encodePadded(_ bytes: Span<UInt8>) -> [UInt8] {
        var text = encodeUnpadded(bytes)
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return text
    }

    /// The bytes of an unpadded text, or nil unless it is the canonical spelling.
    package static func decodeUnpadded(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var buffer: UInt32 = 0
        var bits = 0
        for index in text.indices {
            let value = reverse[Int(text[index])]
            guard value != 0xff else { return nil }
            buffer = (buffer << 6) | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        guard buffer & ((1 << UInt32(bits)) - 1) == 0 else { return nil }
        return bytes
    }

    /// The bytes of a text whose `=` are complete or all left out, as configuration files carry it.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end == text.count || text.count % 4 == 0 else { return nil }
        return decodeUnpadded(text.extracting(0..<end))
    }
}
