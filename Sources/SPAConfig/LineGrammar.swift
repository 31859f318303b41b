/// A place in the text and what is wrong there. Never quotes the text of a line.
struct LineFault: Error, Sendable {
    /// Into the whole text.
    let offset: Int
    let reason: String
    /// The line was to start a section: in `.fwknoprc` that is wrong whether the section is used or not.
    var isSectionHeader = false
}

/// What one line says, as offsets into the text.
enum LineContent: Sendable {
    /// Nothing, or a comment.
    case nothing
    /// `NAME value`; the value is not empty.
    case entry(name: Range<Int>, value: Range<Int>)
    /// `[name]`, without the brackets.
    case section(Range<Int>)
}

/// How the three files write a line. They look alike and are not: see the members.
struct LineGrammar: Sendable {
    /// `NAME: value` counts as `NAME value`.
    let allowsColon: Bool
    /// A value is one word, ended by a blank (a command: all of the line); otherwise it runs to `;` or the end of the line.
    let isOneWord: Bool
    /// `[name]` starts a section.
    let hasSections: Bool

    /// `spad.conf`, `fwknopd.conf`.
    static let server = LineGrammar(allowsColon: false, isOneWord: false, hasSections: false)
    /// `access.conf`.
    static let access = LineGrammar(allowsColon: true, isOneWord: false, hasSections: false)
    /// `.fwknoprc`.
    static let client = LineGrammar(allowsColon: true, isOneWord: true, hasSections: true)

    /// Reads one line.
    func read(_ line: RawLine, _ text: Span<UInt8>) throws(LineFault) -> LineContent {
        let end = line.bytes.upperBound
        let start = Self.skipBlanks(text, from: line.bytes.lowerBound, to: end)
        guard start < end, !Self.startsComment(text[start]) else { return .nothing }
        if hasSections, text[start] == UInt8(ascii: "[") { return try section(text, start..<end) }
        let name = try readName(text, start..<end)
        var valueStart = name.upperBound
        if valueStart < end, text[valueStart] == UInt8(ascii: ":") { valueStart += 1 }
        valueStart = Self.skipBlanks(text, from: valueStart, to: end)
        guard valueStart < end,
            !Self.startsComment(text[valueStart]) || text[valueStart] == 0x23 && !isOneWord
        else { throw LineFault(offset: valueStart, reason: "no value; write `NAME value` on one line") }
        let first = text[valueStart]
        let stands = valueStart + 1 == end || Self.isBlank(text[valueStart + 1])
        guard !(stands && (first == UInt8(ascii: "=") || first == UInt8(ascii: ":"))) else {
            throw LineFault(
                offset: valueStart,
                reason: "nothing but a blank stands between a name and its value; remove the sign")
        }
        let value =
            isCommand(text, name)
            ? Self.trimmed(text, valueStart..<end)
            : isOneWord ? try word(text, valueStart..<end) : try phrase(text, valueStart..<end)
        return .entry(name: name, value: value)
    }

    /// The bytes at the start of a line that look like a name, also where the line is wrong.
    static func leadingName(_ line: RawLine, _ text: Span<UInt8>) -> Range<Int> {
        let start = skipBlanks(text, from: line.bytes.lowerBound, to: line.bytes.upperBound)
        var end = start
        while end < line.bytes.upperBound, isNameByte(text[end]) { end += 1 }
        return start..<end
    }

    private func readName(_ text: Span<UInt8>, _ rest: Range<Int>) throws(LineFault) -> Range<Int> {
        var end = rest.lowerBound
        while end < rest.upperBound, Self.isNameByte(text[end]) { end += 1 }
        let name = rest.lowerBound..<end
        guard end < rest.upperBound, !Self.isBlank(text[end]) else { return name }
        let last = end + 1 == rest.upperBound || Self.isBlank(text[end + 1])
        switch text[end] {
        case _ where name.isEmpty:
            throw LineFault(
                offset: end, reason: "the line does not start with a name; a comment starts with # or ;")
        case UInt8(ascii: "="):
            throw LineFault(offset: end, reason: "a blank separates name and value here, not `=`")
        case UInt8(ascii: ":") where last && allowsColon:
            return name
        case UInt8(ascii: ":") where last:
            throw LineFault(offset: end, reason: "a blank separates name and value here; remove the `:`")
        case UInt8(ascii: ":"):
            throw LineFault(offset: end, reason: "a blank separates name and value; write it after the name")
        case UInt8(ascii: ";"):
            throw LineFault(offset: end, reason: "no value; write `NAME value` on one line")
        default:
            throw LineFault(
                offset: end,
                reason: "not a name; names are letters, digits and `_`, then a blank and the value")
        }
    }

    /// A value up to `;` or the end of the line, trailing blanks removed, inner ones kept.
    private func phrase(_ text: Span<UInt8>, _ rest: Range<Int>) throws(LineFault) -> Range<Int> {
        var stop = rest.lowerBound
        while stop < rest.upperBound, text[stop] != UInt8(ascii: ";") { stop += 1 }
        if stop < rest.upperBound { try expectNothing(text, (stop + 1)..<rest.upperBound) }
        var end = stop
        while end > rest.lowerBound, Self.isBlank(text[end - 1]) { end -= 1 }
        return rest.lowerBound..<end
    }

    /// A name of `.fwknoprc` whose value is a command line: all of the rest, since a shell has uses for `;` and `#`.
    private func isCommand(_ text: Span<UInt8>, _ name: Range<Int>) -> Bool {
        let ending = Array("_COMMAND".utf8)
        guard isOneWord, name.count > ending.count else { return false }
        let start = name.upperBound - ending.count
        return ending.indices.allSatisfy { text[start + $0] == ending[$0] }
    }

    private static func trimmed(_ text: Span<UInt8>, _ rest: Range<Int>) -> Range<Int> {
        var end = rest.upperBound
        while end > rest.lowerBound, isBlank(text[end - 1]) { end -= 1 }
        return rest.lowerBound..<end
    }

    /// A value of one word; behind it blanks and a comment only.
    private func word(_ text: Span<UInt8>, _ rest: Range<Int>) throws(LineFault) -> Range<Int> {
        var stop = rest.lowerBound
        while stop < rest.upperBound, !Self.isBlank(text[stop]), !Self.startsComment(text[stop]) { stop += 1 }
        guard stop < rest.upperBound else { return rest.lowerBound..<stop }
        if text[stop] == UInt8(ascii: "#") {
            throw LineFault(
                offset: stop,
                reason:
                    "`#` ends a value in this file; write a blank before a comment, and a key that holds # as base64"
            )
        }
        try expectNothing(text, (stop + 1)..<rest.upperBound)
        return rest.lowerBound..<stop
    }

    /// Behind the end of a value: fwknop does not read on, so text there is a mistake.
    private func expectNothing(_ text: Span<UInt8>, _ rest: Range<Int>) throws(LineFault) {
        let next = Self.skipBlanks(text, from: rest.lowerBound, to: rest.upperBound)
        guard next < rest.upperBound, !Self.startsComment(text[next]) else { return }
        throw LineFault(
            offset: next,
            reason: isOneWord
                ? "a value is one word in this file; remove the rest of the line, or write a key with blanks as base64"
                : "text behind the `;` is never read; remove it, or write a key that holds `;` as base64")
    }

    private func section(_ text: Span<UInt8>, _ rest: Range<Int>) throws(LineFault) -> LineContent {
        var close = rest.lowerBound + 1
        while close < rest.upperBound, text[close] != UInt8(ascii: "]") { close += 1 }
        guard close < rest.upperBound else {
            throw LineFault(
                offset: rest.lowerBound, reason: "the section header has no `]`; write [name]",
                isSectionHeader: true)
        }
        let name = (rest.lowerBound + 1)..<close
        guard !name.isEmpty else {
            throw LineFault(
                offset: rest.lowerBound, reason: "the section header is empty; write [name]",
                isSectionHeader: true)
        }
        for offset in name where !(0x21...0x7E).contains(text[offset]) || text[offset] == UInt8(ascii: "[") {
            throw LineFault(
                offset: offset,
                reason: "a section name is printable ASCII without blanks and brackets; write [name]",
                isSectionHeader: true)
        }
        let next = Self.skipBlanks(text, from: close + 1, to: rest.upperBound)
        guard next == rest.upperBound || Self.startsComment(text[next]) else {
            throw LineFault(
                offset: next, reason: "text behind the section header; move it to the next line",
                isSectionHeader: true)
        }
        return .section(name)
    }

    private static func skipBlanks(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var offset = start
        while offset < end, isBlank(text[offset]) { offset += 1 }
        return offset
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func startsComment(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "%"):
            true
        default: false
        }
    }
}
