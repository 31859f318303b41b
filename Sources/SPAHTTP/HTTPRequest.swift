internal import SPABytes

/// The two requests that we send, as bytes.
package enum HTTPRequest {
    /// Asks for `path` (starts with `/`, printable, no blank) of the site `host`.
    package static func get(host: String, port: UInt16, path: String, isSecure: Bool) -> [UInt8] {
        let name = port == (isSecure ? 443 : 80) ? bracketed(host) : "\(bracketed(host)):\(port)"
        return Array(
            ("GET \(path) HTTP/1.1\r\nHost: \(name)\r\nUser-Agent: Sallyport\r\nAccept: text/plain, */*\r\n"
                + "Connection: close\r\n\r\n").utf8)
    }

    /// Asks a proxy for a tunnel to `host` (RFC 9110 section 9.3.6).
    package static func connect(host: String, port: UInt16, credentials: String?) -> [UInt8] {
        let target = "\(bracketed(host)):\(port)"
        var text = "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\nUser-Agent: Sallyport\r\n"
        if let credentials {
            let bytes = Array(credentials.utf8)
            text += "Proxy-Authorization: Basic "
            text += String(decoding: Base64.encodePadded(bytes.span), as: UTF8.self) + "\r\n"
        }
        return Array((text + "\r\n").utf8)
    }

    /// Whether a proxy's answer gives the tunnel; nil while its header is not complete. A proxy says nothing behind it
    /// before we do, so bytes there are an error.
    package static func isTunnel(_ answer: Span<UInt8>) throws(HTTPError) -> Bool? {
        guard let header = try HTTPHeader(decoding: answer) else { return nil }
        guard (200...299).contains(header.status) else { throw .refused(status: header.status) }
        guard header.end == answer.count else { throw .malformed }
        return true
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}
