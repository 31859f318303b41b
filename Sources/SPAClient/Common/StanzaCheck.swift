internal import SPAConfig

/// What rc file and command line add up to, against what the server understands.
enum StanzaCheck {
    static func check(_ stanza: ClientStanza) throws(ClientFailure) {
        if let fault = stanza.transportFault {
            throw ClientFailure(.configuration, "SPA_SERVER_PROTO or -P: \(fault)")
        }
        if let fault = stanza.addresses.pageFault {
            throw ClientFailure(.configuration, "RESOLVE_HTTP_ONLY or --resolve-http-only \(fault)")
        }
        if let fault = stanza.allowFault { throw ClientFailure(.configuration, "ALLOW_IP or -a: \(fault)") }
    }
}
