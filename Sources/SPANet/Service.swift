internal import SPABytes

/// A transport protocol that a grant can open, by its IANA number.
package enum Transport: UInt8, Hashable, Sendable, CustomStringConvertible {
    case tcp = 6
    case udp = 17

    /// `tcp` or `udp`.
    package var description: String { self == .tcp ? "tcp" : "udp" }
}

/// A door: one port of one transport protocol, written `tcp/22`.
package struct Service: Hashable, Sendable, CustomStringConvertible {
    /// The protocol of the port.
    package let transport: Transport
    /// 1 to 65535.
    package let port: UInt16

    /// Nil for port 0, which is no door.
    package init?(_ transport: Transport, port: UInt16) {
        guard port != 0 else { return nil }
        (self.transport, self.port) = (transport, port)
    }

    /// Reads `tcp/22` or `udp/53`: lower case, canonical number (docs/protocol.md, 2.3 and 11.10).
    package init?(parsing text: Span<UInt8>) {
        guard text.count >= 5, text[3] == UInt8(ascii: "/") else { return nil }
        let transport: Transport
        switch (text[0], text[1], text[2]) {
        case (UInt8(ascii: "t"), UInt8(ascii: "c"), UInt8(ascii: "p")): transport = .tcp
        case (UInt8(ascii: "u"), UInt8(ascii: "d"), UInt8(ascii: "p")): transport = .udp
        default: return nil
        }
        guard let port = Decimal.parse(text.extracting(4..<text.count), in: 1...65535) else { return nil }
        self.init(transport, port: UInt16(port))
    }

    /// Reads `tcp/22` or `udp/53`.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(parsing: bytes.span)
    }

    /// `tcp/22`.
    package var description: String { "\(transport)/\(port)" }
}
