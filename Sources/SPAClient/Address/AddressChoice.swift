package import SPAConfig
package import SPANet
package import SPASystem

/// Where the address comes from that the server is asked to allow.
package enum AddressChoice: Hashable, Sendable {
    /// This one.
    case fixed(IPAddress)
    /// The source of the packet, as the server sees it.
    case source
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
        case .source: self = .source
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
