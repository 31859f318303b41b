package import SPAKeys
package import SPANet
package import SPASecret
package import SPAWire

/// How the client learns the address that the server shall allow.
package enum AllowAddress: Sendable, Hashable {
    /// `ALLOW_IP ADDRESS` or `-a`; IPv6 for servers of ours alone.
    case explicit(IPAddress)
    /// `ALLOW_IP interface:NAME`: the address of that interface.
    case interface(String)
    /// `ALLOW_IP source` or `-s`: the server takes the packet's source.
    case source
    /// `ALLOW_IP resolve`, RESOLVE_IP_HTTPS or `-R`: ask for the public address.
    case resolve
    /// Nothing said: the address on the route for private and directly connected destinations, else `resolve`.
    case automatic
}

/// What the server understands `fwknop` is the default.
package enum ServerKind: Sendable, Hashable { case fwknop, sallyport }

/// How packets get to the server: SPA_SERVER_PROTO.
package enum KnockTransport: String, Sendable, Hashable, CaseIterable {
    case udp
    /// Over a TCP connection to fwknopd's TCP server.
    case tcp
    /// As a request for a page, for a stock fwknopd that reads such.
    case http
    /// As the payload of a SYN.
    case syn
    /// UDP, and a SYN where the server takes one.
    case auto
}

/// One resolved stanza of the rc file: `[default]`, then the named section, then the command line.
package struct ClientStanza: Sendable {
    /// The section's name as written; nil when only `[default]` or the command line spoke.
    package var name: String?
    /// SPA_SERVER or `-D`; nil leaves it to the ssh host.
    package var server: String?
    /// SPA_SERVER_PORT, 1...65535.
    package var serverPort: UInt16 = 62201
    /// SPA_SERVER_PROTO or `-P`.
    package var transport = KnockTransport.udp
    /// ACCESS or `-A`; nil lets `spa-proxy` ask for `tcp/PORT`.
    package var access: [Service]?
    package var allow: AllowAddress = .automatic
    /// FW_TIMEOUT or `-f`, seconds; nil leaves it to the server.
    package var clientTimeout: UInt32?
    /// DIGEST_TYPE or `-m`: the inner digest.
    package var digest: DigestType = .sha256
    /// SPOOF_USER or `-U`; nil takes LOGNAME.
    package var user: String?
    /// TIME_OFFSET in seconds, added to the clock.
    package var timeOffset: Int64 = 0
    package var serverKind: ServerKind = .fwknop
    /// Where our public address comes from.
    package var addresses = AddressSettings()
    /// NTP_SERVER: `host` or `host:port`, whom to ask about our clock when a door stays shut; nil means the built-in one.
    package var timeServer: String?
    /// CONNECT_TIMEOUT: the deadline over lookup, knock and connect, in seconds, 1...600.
    package var connectTimeout: UInt32 = 10
    /// VERBOSE or `-v`.
    package var verbosity = 0
    /// ENCRYPTION_MODE or `-M`, and HMAC_DIGEST_TYPE: also in `keys`, and here for a key that comes from elsewhere.
    package var mode = EncryptionMode.cbc, hmacType = DigestType.sha256
    /// KEY or KEY_BASE64.
    package var encryptionKey: Secret?
    /// HMAC_KEY or HMAC_KEY_BASE64.
    package var hmacKey: Secret?
    /// KEY_COMMAND or KEY_BASE64_COMMAND; nil where the key itself is given.
    package var keyCommand: KeyCommand?
    /// HMAC_KEY_COMMAND or HMAC_KEY_BASE64_COMMAND; nil where the key itself is given.
    package var hmacKeyCommand: KeyCommand?
    /// USE_HMAC; nil where nothing was said.
    package var usesHMAC: Bool?
    /// Both keys of the file; nil while no KEY was given, or one of the two comes from a command.
    package var keys: PacketKeys?

    package init() {}
}
