package import SPANet

/// Why an answer of a web server tells no address.
package enum HTTPError: Error, Hashable, Sendable {
    /// Not the start line, header lines or body of RFC 9112.
    case malformed
    /// The header is longer than ``HTTPResponse/headerLimit``, or the body than ``HTTPResponse/bodyLimit``.
    case tooLong
    /// Another place is named. Whoever answers may not choose whom we believe.
    case redirected
    /// Any status but 200.
    case refused(status: Int)
    /// The body does not start with an IPv4 address.
    case noAddress
}

/// A web server's answer to "which address do you see?": an IPv4 address at the start of a small text.
package struct HTTPResponse: Hashable, Sendable {
    /// In bytes.
    package static let headerLimit = 8192, bodyLimit = 1024
    /// Status line and header, body with what marks its chunks: no more is ever read.
    package static let limit = headerLimit + 2 * bodyLimit

    package let address: IPv4Address
    /// The server's clock, in seconds since 1970, where it tells.
    package let date: Int64?

    /// Reads what has come so far; nil while more is needed. `isEnd`: nothing more will come.
    package init?(decoding bytes: Span<UInt8>, isEnd: Bool) throws(HTTPError) {
        guard let header = try HTTPHeader(decoding: bytes) else {
            if isEnd { throw .malformed }
            return nil
        }
        switch header.status {
        case 200: break
        case 300...399: throw .redirected
        default: throw .refused(status: header.status)
        }
        guard let body = try HTTPBody.read(bytes.extracting(header.end..<bytes.count), header, isEnd: isEnd)
        else { return nil }
        guard let address = HTTPResponse.address(body) else { throw .noAddress }
        self.address = address
        date = header.date
    }

    /// The address that a text starts with; behind it a blank, the end of a line, the start of a tag, or nothing.
    static func address(_ body: [UInt8]) -> IPv4Address? {
        let start = body.firstIndex { !HTTPHeader.isBlank($0) && $0 != 13 && $0 != 10 } ?? body.count
        let end = body[start...].firstIndex { !isAddressByte($0) } ?? body.count
        if end < body.count {
            let next = body[end]
            guard HTTPHeader.isBlank(next) || next == 13 || next == 10 || next == UInt8(ascii: "<") else {
                return nil
            }
        }
        return IPv4Address(parsing: body.span.extracting(start..<end))
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
