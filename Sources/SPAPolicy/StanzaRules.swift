package import SPANet

/// What one access stanza permits, without its keys.
package struct StanzaRules: Hashable, Sendable {
    /// Position in the access file, from 1; log lines call it `stanza #N`.
    package var number: UInt16
    /// Where its `SOURCE` line stands, for messages: line number in the access file.
    package var line: Int
    /// SOURCE: networks that the packet itself may come from. Never empty.
    package var sources: [IPNetwork]
    /// DESTINATION: addresses of ours that the packet may be sent to; empty means any.
    package var destinations: [IPNetwork]
    /// OPEN_PORTS: every service asked for must be listed; nil permits all.
    package var openPorts: Set<Service>?
    /// RESTRICT_PORTS: one listed service refuses the whole request.
    package var restrictPorts: Set<Service>
    /// REQUIRE_USERNAME, compared byte for byte.
    package var requiredUser: [UInt8]?
    /// REQUIRE_SOURCE_ADDRESS: refuse packets that leave the address to us (`0.0.0.0`).
    package var requiresSourceAddress: Bool
    /// FW_ACCESS_TIMEOUT: what a packet without a wish gets.
    package var accessTimeout: Lifetime
    /// MAX_FW_TIMEOUT: the longest that a packet may wish for; also bounds `accessTimeout`.
    package var maximumTimeout: Lifetime
    /// ACCESS_EXPIRE_EPOCH: the stanza is dead from this second on (seconds since 1970).
    package var expiresAt: Int64?
    /// GRANT_PREFIX and GRANT_PREFIX6. The helper's business: whoever judges packets neither needs nor gets it.
    package var width: GrantWidth

    package init(
        number: UInt16, line: Int, sources: [IPNetwork], destinations: [IPNetwork] = [],
        openPorts: Set<Service>? = nil, restrictPorts: Set<Service> = [], requiredUser: [UInt8]? = nil,
        requiresSourceAddress: Bool = false, accessTimeout: Lifetime = .standard,
        maximumTimeout: Lifetime = .standardMaximum, expiresAt: Int64? = nil, width: GrantWidth = .single
    ) {
        self.number = number
        self.line = line
        self.sources = sources
        self.destinations = destinations
        self.openPorts = openPorts
        self.restrictPorts = restrictPorts
        self.requiredUser = requiredUser
        self.requiresSourceAddress = requiresSourceAddress
        self.accessTimeout = accessTimeout
        self.maximumTimeout = maximumTimeout
        self.expiresAt = expiresAt
        self.width = width
    }
}
