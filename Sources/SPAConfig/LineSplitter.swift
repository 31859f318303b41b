/// One line of a text, as offsets into it; the line end is not included.
struct RawLine: Sendable {
    /// From 1.
    let number: Int
    let bytes: Range<Int>

    /// The byte column, from 1, of an offset into the text.
    func column(_ offset: Int) -> Int { offset - bytes.lowerBound + 1 }
}

/// Cuts a configuration text into lines and refuses what no grammar may hold.
enum LineSplitter {
    /// Longest file, bytes.
    static let largestFile = 1 << 20
    /// Longest line, bytes: fwknop's buffer; it would read the rest as a line of its own.
    static let longestLine = 1023

    /// The lines fit for reading. What is too long or holds control bytes is reported and left out.
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
            let line = RawLine(number: number, bytes: start..<content)
            if isReadable(line, text, &findings) { lines.append(line) }
            start = end + 1
            number += 1
        }
        return lines
    }

    private static func isReadable(
        _ line: RawLine, _ text: Span<UInt8>, _ findings: inout Findings
    ) -> Bool {
        for offset in line.bytes {
            let byte = text[offset]
            guard byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F else { continue }
            let which =
                byte == 0
                ? "a NUL byte" : "control byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            findings.error(line.number, line.column(offset), "\(which) in the line; remove it")
            return false
        }
        guard line.bytes.count <= longestLine else {
            findings.error(
                line.number, longestLine + 1,
                "the line is longer than \(longestLine) bytes, where fwknop would cut it; shorten it")
            return false
        }
        return true
    }
}
