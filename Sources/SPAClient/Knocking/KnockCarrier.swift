package import SPAConfig
internal import SPASystem

/// The ways in which a packet can get to a server.
package enum KnockCarrier: Hashable, Sendable, CustomStringConvertible {
    case udp, tcp, syn
    /// As a request to the web server of this name.
    case http(host: String)

    /// Those that a stanza chooses, for knocks at `server`; never empty.
    package static func chosen(by stanza: ClientStanza, server: HostName) -> [KnockCarrier] {
        switch stanza.transport {
        case .udp: [.udp]
        case .tcp: [.tcp]
        case .http: [.http(host: server.text)]
        case .syn: [.syn]
        case .auto: stanza.serverKind == .sallyport ? [.udp, .syn] : [.udp]
        }
    }

    /// Sends one packet, or begins to: then it is gone once what this returns says so.
    func send(_ packet: [UInt8], to server: InternetEndpoint) throws(SystemError) -> ConnectionKnock? {
        switch self {
        case .udp: try InternetSocket(.udp, server.address.family).send(packet.span, to: server)
        case .syn: try InternetSocket(.tcp, server.address.family).sendInSYN(packet.span, to: server)
        case .tcp: return try ConnectionKnock(packet, to: server)
        case .http(let host): return try ConnectionKnock(PageKnock.request(packet, host: host), to: server)
        }
        return nil
    }

    /// Whether a connection carries the packet, so that something at the other end must take it.
    package var needsConnection: Bool {
        switch self {
        case .udp, .syn: false
        case .tcp, .http: true
        }
    }

    package var description: String {
        switch self {
        case .udp: "udp"
        case .tcp: "tcp"
        case .syn: "syn"
        case .http: "http"
        }
    }
}
