/// Where the connection shall go.
package struct ProxyTarget: Hashable, Sendable {
    package let host: HostName
    /// 1 to 65535.
    package let port: UInt16

    /// From two arguments, `HOST PORT`.
    package init(host: String, port: String) throws(ClientFailure) {
        guard let name = HostName(host) else {
            throw ClientFailure(
                .usage, "this is no host name; use letters, digits and .-_:% only, and no - at the start")
        }
        guard let number = PortNumber.read(port) else {
            throw ClientFailure(.usage, "bad port number; give a number from 1 to 65535")
        }
        (self.host, self.port) = (name, number)
    }

    /// From one argument, `HOST:PORT` or `[IPV6]:PORT`.
    package init(joined text: String) throws(ClientFailure) {
        guard let colon = text.lastIndex(of: ":") else {
            throw ClientFailure(.usage, "-W has no port; give HOST:PORT")
        }
        let host = text[..<colon]
        // Without brackets nobody knows where an IPv6 address ends and the port begins.
        guard !host.contains(":") || (host.hasPrefix("[") && host.hasSuffix("]")) else {
            throw ClientFailure(.usage, "-W has an IPv6 address without brackets; give [ADDRESS]:PORT")
        }
        try self.init(host: String(host), port: String(text[text.index(after: colon)...]))
    }
}
