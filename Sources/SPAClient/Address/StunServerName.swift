/// `host` or `host:port` of a STUN server.
package struct StunServerName: Hashable, Sendable {
    package let host: HostName
    package let port: UInt16

    /// The port of RFC 8489 section 8 where none is given.
    package static let defaultPort: UInt16 = 3478

    /// Asked when the configuration names none.
    package static let builtIn = ["stun.cloudflare.com:3478", "stun.l.google.com:19302"]

    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = HostName(parts.count <= 2 ? String(parts.first ?? "") : text) else { return nil }
        self.host = host
        if parts.count == 2 {
            guard let port = PortNumber.read(String(parts[1])) else { return nil }
            self.port = port
        } else {
            port = StunServerName.defaultPort
        }
    }
}
