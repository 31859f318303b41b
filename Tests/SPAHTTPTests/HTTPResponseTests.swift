import SPAHTTP
import SPANet
import Testing

private func outcome(_ text: String, isEnd: Bool = false) -> Result<HTTPResponse?, HTTPError> {
    let bytes = Array(text.utf8)
    return Result { () throws(HTTPError) in try HTTPResponse(decoding: bytes.span, isEnd: isEnd) }
}

private func address(_ text: String, isEnd: Bool = false) throws -> String? {
    try outcome(text, isEnd: isEnd).get()?.address.description
}

private let ok = "HTTP/1.1 200 OK\r\n"

@Suite struct PageAnswers {
    @Test(
        arguments: [
            "\(ok)Content-Length: 13\r\n\r\n198.51.100.7\n",
            "\(ok)content-length:\t12 \r\n\r\n198.51.100.7and more",
            "HTTP/1.0 200\nContent-Length: 12\n\n198.51.100.7",
            "\(ok)Content-Length: 18\r\n\r\n \r\n198.51.100.7 ok",
            "\(ok)Content-Length: 20\r\n\r\n198.51.100.7<br>text",
            "\(ok)Transfer-Encoding: Chunked\r\n\r\n4;x=y\r\n198.\r\n8\r\n51.100.7\r\n0\r\n\r\n",
        ])
    func tellAnAddress(_ text: String) throws { #expect(try address(text) == "198.51.100.7") }

    @Test func withoutALengthEndWithTheConnection() throws {
        #expect(try address("\(ok)\r\n198.51.100.7") == nil)
        #expect(try address("\(ok)\r\n198.51.100.7", isEnd: true) == "198.51.100.7")
    }

    @Test func areReadAsTheyCome() throws {
        for text in [
            "\(ok)Content-Length: 12\r\n\r\n198.51.100.7",
            "\(ok)Transfer-Encoding: chunked\r\n\r\nc\r\n198.51.100.7\r\n0\r\n",
        ] {
            for count in 0..<text.utf8.count {
                let part = String(decoding: Array(text.utf8)[..<count], as: UTF8.self)
                #expect(try address(part) == nil)
                #expect(throws: HTTPError.self) { try outcome(part, isEnd: true).get() }
            }
        }
    }

    @Test(
        arguments: [
            ("\(ok)Content-Length: 5\r\n\r\nhello", .noAddress),
            ("\(ok)Content-Length: 0\r\n\r\n", .noAddress),
            ("\(ok)Content-Length: 14\r\n\r\n198.51.100.256", .noAddress),
            ("\(ok)Content-Length: 14\r\n\r\n198.51.100.7.1", .noAddress),
            ("\(ok)Content-Length: 13\r\n\r\n198.51.100.7a", .noAddress),
            ("\(ok)Content-Length: 13\r\n\r\n198.51.100.07", .noAddress),
            ("HTTP/1.1 301 Moved\r\nLocation: https://x/\r\n\r\n", .redirected),
            ("HTTP/1.1 308\r\n\r\n", .redirected), ("HTTP/1.1 404 No\r\n\r\n", .refused(status: 404)),
            ("HTTP/1.1 204 Nothing\r\n\r\n", .refused(status: 204)),
            ("HTTP/1.1 100 Continue\r\n\r\n\(ok)\r\n", .refused(status: 100)),
            ("HTTP/2 200 OK\r\n\r\n", .malformed), ("HTTP/1.1 99 x\r\n\r\n", .malformed),
            ("HTTP/1.1 2000\r\n\r\n", .malformed), ("\r\n\r\n", .malformed), ("SSH-2.0-x\n\n", .malformed),
            ("\(ok)No colon\r\n\r\n", .malformed), ("\(ok): x\r\n\r\n", .malformed),
            ("\(ok)A: b\r\n c\r\n\r\n", .malformed), ("\(ok)A b: c\r\n\r\n", .malformed),
            ("\(ok)Content-Length: 1x\r\n\r\n", .malformed), ("\(ok)Content-Length: -1\r\n\r\n", .malformed),
            ("\(ok)Content-Length: 1\r\nContent-Length: 1\r\n\r\n1", .malformed),
            ("\(ok)Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1", .malformed),
            ("\(ok)Transfer-Encoding: gzip\r\n\r\n", .malformed),
            ("\(ok)Transfer-Encoding: chunked\r\n\r\nx\r\n", .malformed),
            ("\(ok)Transfer-Encoding: chunked\r\n\r\n1\r\n12\r\n", .malformed),
            ("\(ok)Transfer-Encoding: chunked\r\n\r\n1\n2\r\n", .malformed),
            ("\(ok)Transfer-Encoding: chunked\r\n\r\n401\r\n", .tooLong),
            ("\(ok)Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n", .tooLong),
            ("\(ok)Content-Length: 1025\r\n\r\n", .tooLong),
            ("\(ok)Content-Length: 99999999999999999999\r\n\r\n", .malformed),
        ] as [(String, HTTPError)])
    func areNoneOtherwise(_ text: String, _ expected: HTTPError) {
        #expect(outcome(text) == .failure(expected))
    }

    @Test func areBounded() {
        let long = String(repeating: "x", count: HTTPResponse.headerLimit)
        #expect(outcome("\(ok)X: \(long)") == .failure(.tooLong))
        let body = String(repeating: "1", count: HTTPResponse.bodyLimit + 1)
        #expect(outcome("\(ok)\r\n\(body)") == .failure(.tooLong))
        let chunk = "400\r\n" + String(repeating: "1", count: 1024) + "\r\n"
        #expect(outcome("\(ok)Transfer-Encoding: chunked\r\n\r\n\(chunk)1\r\n1\r\n") == .failure(.tooLong))
    }

    @Test func tellTheServersClock() throws {
        let text = "\(ok)Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 12\r\n\r\n198.51.100.7"
        #expect(try outcome(text).get()?.date == 784_111_777)
    }
}

@Suite struct HTTPDates {
    @Test(
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800), ("Sat, 21 Nov 2026 06:30:00 GMT", 1_795_242_600),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ] as [(String, Int64)])
    func areSecondsSince1970(_ text: String, _ seconds: Int64) { #expect(HTTPDate.seconds(text) == seconds) }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov +994 08:49:37 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT",
    ])
    func areOfOneForm(_ text: String) { #expect(HTTPDate.seconds(text) == nil) }
}
