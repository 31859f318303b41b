/// A command as a line's value says it: KEY_COMMAND and its sisters, ADDRESS_COMMAND.
enum CommandWords {
    /// In front of what is a shell's to read.
    private static let shellMark = UInt8(ascii: "|")

    /// The program, by name or path, and its arguments; never empty. With `|` before it, the rest is a line for `/bin/sh`;
    /// otherwise no shell is involved, see ``split(_:)``.
    static func read(_ value: Span<UInt8>) throws(ValueFault) -> [String] {
        for index in value.indices {
            guard (0x20...0x7E).contains(value[index]) || value[index] == UInt8(ascii: "\t") else {
                throw ValueFault("a byte that is not printable ASCII; remove it", at: index)
            }
        }
        guard value.count > 0, value[0] == shellMark else { return try split(value) }
        var start = 1
        while start < value.count, LineGrammar.isBlank(value[start]) { start += 1 }
        guard start < value.count else { throw ValueFault("no command after the `|`; write one", at: start) }
        return ["/bin/sh", "-c", Words.string(value, start..<value.count)]
    }

    /// Words are separated by blanks. `'…'` is taken as it stands; in `"…"` a backslash goes before `"` and `\`; outside of
    /// quotes a backslash takes the next letter as it is. Nothing else has a meaning: no variable, no `~`, no pattern.
    private static func split(_ value: Span<UInt8>) throws(ValueFault) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        var isInWord = false
        var quote: (sign: UInt8, at: Int)?
        var index = 0
        while index < value.count {
            let byte = value[index]
            index += 1
            switch (byte, quote?.sign) {
            case (let sign, let open?) where sign == open: quote = nil
            case (backslash, doubleQuote?) where index < value.count && escapes(value[index]):
                word.append(value[index])
                index += 1
            case (_, _?): word.append(byte)
            case (singleQuote, nil), (doubleQuote, nil):
                quote = (byte, index - 1)
                isInWord = true
            case (backslash, nil):
                guard index < value.count else {
                    throw ValueFault("a backslash at the end; write what it stands before", at: index - 1)
                }
                word.append(value[index])
                index += 1
                isInWord = true
            case (let blank, nil) where LineGrammar.isBlank(blank):
                if isInWord { words.append(String(decoding: word, as: UTF8.self)) }
                (word, isInWord) = ([], false)
            case (_, nil):
                word.append(byte)
                isInWord = true
            }
        }
        if let quote { throw ValueFault("a quote that is never closed; close it", at: quote.at) }
        if isInWord { words.append(String(decoding: word, as: UTF8.self)) }
        guard let first = words.first, !first.isEmpty else {
            throw ValueFault("no program is named; write its name or path first")
        }
        return words
    }

    private static let backslash = UInt8(ascii: "\\")
    private static let singleQuote = UInt8(ascii: "'")
    private static let doubleQuote = UInt8(ascii: "\"")

    private static func escapes(_ byte: UInt8) -> Bool { byte == backslash || byte == doubleQuote }
}
