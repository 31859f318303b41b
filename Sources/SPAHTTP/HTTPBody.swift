/// The body of an answer: of a stated length, in chunks, or up to the end (RFC 9112 sections 6 and 7).
enum HTTPBody {
    /// The whole of it; nil while more is needed.
    static func read(_ bytes: Span<UInt8>, _ header: HTTPHeader, isEnd: Bool) throws(HTTPError) -> [UInt8]? {
        if header.isChunked { return try chunks(bytes, isEnd: isEnd) }
        guard let length = header.length else {
            guard bytes.count <= HTTPResponse.bodyLimit else { throw .tooLong }
            return isEnd ? bytes.indices.map { bytes[$0] } : nil
        }
        guard length <= HTTPResponse.bodyLimit else { throw .tooLong }
        guard bytes.count >= length else {
            if isEnd { throw .malformed }
            return nil
        }
        return (0..<length).map { bytes[$0] }
    }

    /// The chunks put together. What follows the last one, trailers, is of no interest.
    private static func chunks(_ bytes: Span<UInt8>, isEnd: Bool) throws(HTTPError) -> [UInt8]? {
        var body: [UInt8] = []
        var offset = 0
        while let (size, start) = try chunkSize(bytes, at: offset) {
            if size == 0 { return body }
            guard body.count + size <= HTTPResponse.bodyLimit else { throw .tooLong }
            let end = start + size
            guard end + 2 <= bytes.count else { break }
            guard bytes[end] == 13, bytes[end + 1] == 10 else { throw .malformed }
            for index in start..<end { body.append(bytes[index]) }
            offset = end + 2
        }
        if isEnd { throw .malformed }
        guard bytes.count <= 2 * HTTPResponse.bodyLimit else { throw .tooLong }
        return nil
    }

    /// The size on the line at `offset`, and where that chunk starts; nil while the line is not complete.
    private static func chunkSize(_ bytes: Span<UInt8>, at offset: Int) throws(HTTPError) -> (Int, Int)? {
        var size = 0
        var index = offset
        while index < bytes.count, let digit = hexDigit(bytes[index]) {
            size = size * 16 + digit
            guard size <= HTTPResponse.bodyLimit else { throw .tooLong }
            index += 1
        }
        guard index < bytes.count else { return nil }
        guard index > offset else { throw .malformed }
        // Extensions behind the size say nothing to us.
        while index < bytes.count, bytes[index] != 10 { index += 1 }
        guard index < bytes.count else { return nil }
        guard bytes[index - 1] == 13 else { throw .malformed }
        return (size, index + 1)
    }

    private static func hexDigit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
