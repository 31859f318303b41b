/// One line of a text, as offsets into it; the line end is not included.
struct RawLine: Sendable {
    /// From 1.
    let number: Int
    let bytes: Range<Int>
    /// False for a line that was reported already and is not to be read.
    let isReadable: Bool

    /// The byte column, from 1, of an offset into the text.
    func column(_ offset: Int) -> Int { offset - bytes.lowerBound + 1 }
}

/// Cuts a configuration text into lines and refuses what no grammar may hold.
enum LineSplitter {
    /// Longest file, bytes.
    static let largestFile = 1 << 20
    /// Longest line, bytes: fwknop's buffer; it would read the rest as a line of its own.
    static let longestLine = 1023

    /// All lines. What is too long or holds control bytes is reported and marked.
    static func lines(_ text: Span<UInt8>, _ findings: inout Findings) -> [RawLine] {
        guard text.count <= largestFile else {
            findings.error(0, 0, "the file is longer than 1 MiB; is it a configuration file?")
            return []
        }
        var start = 0
        if text.count >= 2, (text[0], text[1]) == (0xFF, 0xFE) || (text[0], text[1]) == (0xFE, 0xFF) {
            findings.error(
                1, 1, "the file is UTF-16; save it as plain ASCII or UTF-8 without a byte order mark")
            return []
        }
        if text.count >= 3, (text[0], text[1], text[2]) == (0xEF, 0xBB, 0xBF) {
            findings.error(1, 1, "the file starts with a UTF-8 byte order mark; save it without one")
            start = 3
        }
        var lines: [RawLine] = []
        var number = 1
        while start < text.count {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
            var content = end
            if content > start, text[content - 1] == UInt8(ascii: "\r") { content -= 1 }
            let isReadable = isReadable(start..<content, number, text, &findings)
            lines.append(RawLine(number: number, bytes: start..<content, isReadable: isReadable))
            start = end + 1
            number += 1
        }
        return lines
    }

    private static func isReadable(
        _ bytes: Range<Int>, _ number: Int, _ text: Span<UInt8>, _ findings: inout Findings
    ) -> Bool {
        for offset in bytes {
            let byte = text[offset]
            guard byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F else { continue }
            let hex = (byte < 16 ? "0" : "") + String(byte, radix: 16)
            let what = byte == 0 ? "a NUL byte" : "control byte 0x\(hex)"
            findings.error(number, offset - bytes.lowerBound + 1, "\(what) in the line; remove it")
            return false
        }
        guard bytes.count <= longestLine else {
            findings.error(
                number, longestLine + 1,
                "the line is longer than \(longestLine) bytes, where fwknop would cut it; shorten it")
            return false
        }
        return true
    }
}
