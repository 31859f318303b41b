package import SPAConfig
package import SPANet
package import SPASystem

/// Where the address comes from that the server is asked to allow.
package enum AddressChoice: Hashable, Sendable {
    /// This one. `0.0.0.0` leaves it to the server: the source of the packet.
    case fixed(IPv4Address)
    /// Ours on the route to the server, which nothing translates on the way.
    case onRoute
    /// The one that the Internet sees.
    case publicOne

    /// The rule: what was said; else for a server in a private network, or in one that this machine is itself in, our
    /// address on the route; else the public one.
    package init(_ wish: AllowAddress, server: IPAddress, networks: [InterfaceNetwork]) {
        switch wish {
        case .explicit(let address): self = .fixed(address)
        case .source: self = .fixed(.unspecified)
        case .resolve: self = .publicOne
        case .automatic:
            switch server.scope {
            case .loopback, .linkLocal, .privateUse, .sharedCarrier: self = .onRoute
            case .unspecified, .multicast, .reserved, .global:
                // A tunnel's 0.0.0.0/0 address would make the whole Internet a neighbour.
                let near = networks.contains { $0.prefixLength > 0 && $0.contains(server) }
                self = near ? .onRoute : .publicOne
            }
        }
    }

    /// Whether a server's claim about our public address can be true: an IPv4 address of global scope.
    package static func isPublic(_ address: IPAddress) -> IPv4Address? {
        guard case .v4(let v4) = address, v4.scope == .global else { return nil }
        return v4
    }
}
