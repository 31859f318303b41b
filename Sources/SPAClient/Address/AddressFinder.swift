package import SPAConfig
package import SPANet
package import SPASystem

/// Carries out an ``AddressChoice``.
package enum AddressFinder {
    /// The address to put into the packet for `server`. `deadline` in nanoseconds of the ``MonotonicClock``.
    package static func address(
        _ stanza: ClientStanza, server: InternetEndpoint, deadline: Int64
    ) throws(ClientFailure) -> IPv4Address {
        let networks = (try? NetworkInterfaces.networks()) ?? []
        switch AddressChoice(stanza.allow, server: server.address, networks: networks) {
        case .fixed(let address): return address
        case .onRoute:
            let own: Result<IPAddress, SystemError> = Result { () throws(SystemError) in
                try onRoute(to: server)
            }
            switch own {
            case .success(.v4(let address)): return address
            case .success(.v6):
                throw ClientFailure(
                    .noPublicAddress, "the route to \(server) has no IPv4 address; set ALLOW_IP")
            case .failure(let error):
                throw ClientFailure(
                    .noPublicAddress,
                    "no route to \(server): \(error.reason); check the network, or set ALLOW_IP")
            }
        case .publicOne:
            let names = stanza.stunServers.isEmpty ? StunServerName.builtIn : stanza.stunServers
            if let found = (try? PublicAddress.ask(names, deadline: deadline)) ?? nil { return found }
            throw ClientFailure(
                .noPublicAddress,
                "no answer about our public address from \(names.joined(separator: ", ")); "
                    + "set ALLOW_IP to it (or to source), or STUN_SERVER to a server that can be reached")
        }
    }

    /// Our address on the route to `server`. Connecting a UDP socket sends nothing.
    static func onRoute(to server: InternetEndpoint) throws(SystemError) -> IPAddress {
        let socket = try InternetSocket(.udp, server.address.family)
        _ = try socket.connect(to: server)
        return try socket.localEndpoint().address
    }
}
