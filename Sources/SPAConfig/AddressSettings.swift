/// The kinds of sources that can tell which address the Internet sees us at.
package enum AddressSourceKind: String, Hashable, Sendable, CaseIterable {
    case stun, https, dns, command
}

/// RESOLVE_URL: a page whose text starts with the address that it is asked from.
package struct WebAddress: Hashable, Sendable, CustomStringConvertible {
    /// `https`, with the certificate checked; otherwise anybody on the way can answer.
    package let isSecure: Bool
    package let host: String
    package let port: UInt16
    /// From `/` on, printable and without blanks.
    package let path: String

    package init(isSecure: Bool, host: String, port: UInt16, path: String) {
        (self.isSecure, self.host, self.port, self.path) = (isSecure, host, port, path)
    }

    package var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        let usual: UInt16 = isSecure ? 443 : 80
        return "\(isSecure ? "https" : "http")://\(name)\(port == usual ? "" : ":\(port)")\(path)"
    }
}

/// ADDRESS_DNS: a question to a resolver that answers with the address it is asked from.
package struct AddressDNS: Hashable, Sendable, CustomStringConvertible {
    package enum Record: String, Hashable, Sendable, CaseIterable {
        case a = "A"
        case txt = "TXT"
        /// TXT in the class of questions about the server itself.
        case chaosTXT = "CH-TXT"
    }

    package let name: String
    package let record: Record
    package let server: String
    package let port: UInt16

    package init(name: String, record: Record, server: String, port: UInt16) {
        (self.name, self.record, self.server, self.port) = (name, record, server, port)
    }

    package var description: String {
        "\(name)/\(record.rawValue)@\(server)\(port == 53 ? "" : ":\(port)")"
    }
}

/// What the rc file says about the sources of our public address.
package struct AddressSettings: Hashable, Sendable {
    /// ADDRESS_SOURCES; nil where there is no such line.
    package var listed: [AddressSourceKind]?
    /// STUN_SERVER: `host` or `host:port`; empty means the built-in list.
    package var stunServers: [String] = []
    /// RESOLVE_URL; nil means the built-in one.
    package var page: WebAddress?
    /// RESOLVE_IP_HTTPS or RESOLVE_IP_HTTP.
    package var asksPage = false
    /// RESOLVE_HTTP_ONLY: without TLS, as the built-in page then is.
    package var isPlain = false
    /// ADDRESS_DNS; empty means the built-in list.
    package var questions: [AddressDNS] = []
    /// ADDRESS_COMMAND: a program, by name or path, and its arguments.
    package var command: [String]?
    /// ADDRESS_CACHE: for how many seconds an address is remembered; 0 is never.
    package var cacheLife: Int64 = 600
    /// SOURCE_FALLBACK: where nothing was said about ALLOW_IP, ask for the packet's source when all else has failed.
    package var fallsBack = true

    package init() {}

    /// Why page and RESOLVE_HTTP_ONLY do not go together; nil where they do.
    package var pageFault: String? {
        isPlain && page?.isSecure == true ? "is for http:// alone; remove it, or change RESOLVE_URL" : nil
    }

    /// The kinds to ask, in the order in which they get a start: what ADDRESS_SOURCES lists; else those that some line is
    /// about, and no other; else STUN and HTTPS.
    package var kinds: [AddressSourceKind] {
        if let listed { return listed }
        var named: [AddressSourceKind] = []
        if command != nil { named.append(.command) }
        if !stunServers.isEmpty { named.append(.stun) }
        if page != nil || asksPage || isPlain { named.append(.https) }
        if !questions.isEmpty { named.append(.dns) }
        return named.isEmpty ? [.stun, .https] : named
    }
}
