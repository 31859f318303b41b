internal import SPANet

/// What a stanza asks for that its server does not understand; the command line may have changed either.
extension ClientStanza {
    /// About the transport; nil where nothing is wrong.
    package var transportFault: String? {
        switch (transport, serverKind) {
        case (.tcp, .sallyport), (.http, .sallyport):
            "spad listens to nobody, so \(transport.rawValue) is for stock servers; use udp, syn or auto"
        default: nil
        }
    }

    /// About the address to allow; nil where nothing is wrong.
    package var allowFault: String? {
        guard case .explicit(.v6) = allow, serverKind == .fwknop else { return nil }
        return
            "a stock server reads IPv4 addresses only; give one, or set SERVER_KIND sallyport if it runs spad"
    }
}
