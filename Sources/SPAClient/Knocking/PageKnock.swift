/// A packet as a request for a page, in the words of fwknop's client.
package enum PageKnock {
    /// The request to the server `host`. The packet is the path, in the letters that a path may have (RFC 4648 section 5).
    package static func request(_ packet: [UInt8], host: String) -> [UInt8] {
        let path = packet.map { byte in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: byte
            }
        }
        let name = host.contains(":") ? "[\(host)]" : host
        let rest =
            " HTTP/1.1\r\nUser-Agent: Fwknop/2.6.10\r\nAccept: */*\r\nHost: \(name)\r\nConnection: close\r\n\r\n"
        return Array("GET /".utf8) + path + Array(rest.utf8)
    }
}
