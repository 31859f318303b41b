internal import SPABytes

/// Status line and header of an answer (RFC 9112 sections 2 to 6).
struct HTTPHeader: Sendable {
    /// 100 to 599.
    let status: Int
    /// Content-Length, where there is one.
    private(set) var length: Int?
    private(set) var isChunked = false
    /// The Date field in seconds since 1970.
    private(set) var date: Int64?
    /// Where the body starts.
    let end: Int

    /// Nil while the empty line at its end has not come.
    init?(decoding bytes: Span<UInt8>) throws(HTTPError) {
        guard let end = try HTTPHeader.end(of: bytes) else { return nil }
        self.end = end
        var lines = HTTPHeader.lines(bytes.extracting(0..<end))
        guard !lines.isEmpty, let status = HTTPHeader.status(lines.removeFirst()) else { throw .malformed }
        self.status = status
        for line in lines { try take(line) }
        // Two ways to say where the body ends are how answers get smuggled.
        guard !(isChunked && length != nil) else { throw .malformed }
    }

    private mutating func take(_ line: [UInt8]) throws(HTTPError) {
        // A line that starts with a blank continues the one before it: obsolete, and refused.
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            line[..<colon].allSatisfy(HTTPHeader.isToken)
        else { throw .malformed }
        let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
        let value = HTTPHeader.trimmed(line[(colon + 1)...])
        switch name {
        case "content-length":
            let digits = Array(value)
            guard length == nil, let number = Decimal.parse(digits.span, in: 0...UInt64(UInt32.max)) else {
                throw .malformed
            }
            length = Int(clamping: number)
        case "transfer-encoding":
            guard !isChunked, String(decoding: value, as: UTF8.self).lowercased() == "chunked" else {
                throw .malformed
            }
            isChunked = true
        case "date": date = HTTPDate.seconds(String(decoding: value, as: UTF8.self))
        default: break
        }
    }

    /// The offset behind the first empty line; lines end with CR LF, or LF alone.
    private static func end(of bytes: Span<UInt8>) throws(HTTPError) -> Int? {
        var lineStart = 0
        for index in bytes.indices {
            guard index < HTTPResponse.headerLimit else { throw .tooLong }
            guard bytes[index] == 10 else { continue }
            let isEmpty = index == lineStart || index == lineStart + 1 && bytes[lineStart] == 13
            if isEmpty { return index + 1 }
            lineStart = index + 1
        }
        return nil
    }

    private static func lines(_ bytes: Span<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        for index in bytes.indices {
            guard bytes[index] == 10 else {
                line.append(bytes[index])
                continue
            }
            if line.last == 13 { line.removeLast() }
            if line.isEmpty { return lines }
            lines.append(line)
            line.removeAll(keepingCapacity: true)
        }
        return lines
    }

    /// The number in `HTTP/1.x NNN …`.
    private static func status(_ line: [UInt8]) -> Int? {
        guard line.count >= 12, line.starts(with: Array("HTTP/1.".utf8)),
            line[7] == UInt8(ascii: "0") || line[7] == UInt8(ascii: "1"), line[8] == UInt8(ascii: " "),
            line.count == 12 || line[12] == UInt8(ascii: " "),
            let number = Decimal.parse(line.span.extracting(9..<12), in: 100...599)
        else { return nil }
        return Int(number)
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func trimmed(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var value = value.drop(while: isBlank)
        while let last = value.last, isBlank(last) { value.removeLast() }
        return value
    }

    /// RFC 9110 section 5.6.2.
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
        }
    }
}
