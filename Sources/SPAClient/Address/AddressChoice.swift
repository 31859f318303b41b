package import SPAConfig
package import SPANet
package import SPASystem

/// Where the address comes from that the server is asked to allow.
package enum AddressChoice: Hashable, Sendable {
    /// This one. `0.0.0.0` leaves it to the server: the source of the packet.
    case fixed(IPv4Address)
    /// That of an interface of ours, by its name.
    case interface(String)
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
        case .interface(let name): self = .interface(name)
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
}
