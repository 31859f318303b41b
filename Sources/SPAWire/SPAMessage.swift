package import SPANet

/// What one SPA packet says, after decryption and every check of form.
///
/// Fields and limits: docs/protocol.md, section 2. A value of this type is well formed; whether it is allowed is the
/// policy's business.
package struct SPAMessage: Hashable, Sendable {
    /// 16 decimal digits from the sender's random generator.
    package var random: [UInt8]
    /// 1 to 48 bytes of printable ASCII without `"/\[]:;|=,+*?<>`. Hostile text: quote it in logs.
    package var user: [UInt8]
    /// Seconds since 1970 on the sender's clock, 0 to 2^31-1: libfko's servers read no later date.
    package var timestamp: Int64
    /// The sender's protocol version, for example `3.0.0`; never compared.
    package var version: [UInt8]
    /// What is asked for.
    package var request: SPARequest
    /// Legacy "server auth" text, 1 to 63 printable bytes; read for compatibility, never used.
    package var serverAuth: [UInt8]?
    /// Seconds that the client asks for, 1 to 65536; nil leaves it to the server.
    package var clientTimeout: UInt32?

    /// A message of these fields. Nothing is checked here: the decoder makes well-formed ones, the sealer refuses others.
    package init(
        random: [UInt8], user: [UInt8], timestamp: Int64, version: [UInt8] = Array("3.0.0".utf8),
        request: SPARequest, serverAuth: [UInt8]? = nil, clientTimeout: UInt32? = nil
    ) {
        self.random = random
        self.user = user
        self.timestamp = timestamp
        self.version = version
        self.request = request
        self.serverAuth = serverAuth
        self.clientTimeout = clientTimeout
    }
}

/// The request of a packet: message types 0 to 6 without the timeout half (that is ``SPAMessage/clientTimeout``).
package enum SPARequest: Hashable, Sendable {
    /// Type 0. `text` is printable ASCII here, although fwknop lets any byte but NUL pass.
    case command(address: IPAddress, text: [UInt8])
    /// Types 1 and 3.
    case access(AccessRequest)
    /// Types 2 and 4.
    case natAccess(AccessRequest, target: NATTarget)
    /// Types 5 and 6.
    case localNATAccess(AccessRequest, target: NATTarget)
}

/// "Open these doors for this address."
package struct AccessRequest: Hashable, Sendable {
    /// The address to allow; `0.0.0.0` and `::` mean the source that the server sees, of that family. Stock servers read
    /// IPv4 only.
    package var address: IPAddress
    /// At least one.
    package var services: [Service]

    /// A request of this form; the sealer checks it.
    package init(address: IPAddress, services: [Service]) {
        (self.address, self.services) = (address, services)
    }
}

/// Where a NAT request wants the connection to go.
package struct NATTarget: Hashable, Sendable {
    /// A canonical IPv4 address or an LDH host name, 1 to 70 bytes.
    package var host: [UInt8]
    /// 1 to 65535.
    package var port: UInt16

    /// A target of this form; the sealer checks it.
    package init(host: [UInt8], port: UInt16) { (self.host, self.port) = (host, port) }
}
