package import SPANet

/// Why a packet that a stanza's keys opened is not granted.
package enum Refusal: Error, Hashable, Sendable {
    /// The stanza's ACCESS_EXPIRE date has passed.
    case stanzaExpired
    /// The packet's date differs from ours by `seconds`; positive is the past, negative the future.
    case stale(seconds: Int64)
    /// The packet leaves the address to us where REQUIRE_SOURCE_ADDRESS asks for one.
    case sourceAddressRequired
    /// The address is not one that a door can be opened for (0.0.0.0/8, multicast, reserved; or of the
    /// source, where the source is of the other family).
    case addressNotGrantable(IPAddress)
    /// REQUIRE_USERNAME names somebody else.
    case userMismatch
    /// A NAT or command message, which this server does not serve.
    case kindNotServed(RequestKind)
    /// OPEN_PORTS does not list the service, or RESTRICT_PORTS does.
    case serviceDenied(Service)
}

/// The kinds of request beside plain access, for messages.
package enum RequestKind: UInt8, Hashable, Sendable {
    case command = 0
    case natAccess = 2
    case localNATAccess = 5
}
