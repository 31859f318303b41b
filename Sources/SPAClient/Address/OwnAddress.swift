internal import SPANet
internal import SPASystem

/// The addresses that this machine knows to be its own.
enum OwnAddress {
    /// Ours on the route to `server`. Connecting a UDP socket sends nothing.
    static func onRoute(to server: InternetEndpoint) throws(ClientFailure) -> IPv4Address {
        let address: IPAddress
        do throws(SystemError) {
            let socket = try InternetSocket(.udp, server.address.family)
            _ = try socket.connect(to: server)
            address = try socket.localEndpoint().address
        } catch {
            throw ClientFailure(
                .noPublicAddress, "no route to \(server): \(error.reason); check the network, or set ALLOW_IP"
            )
        }
        guard case .v4(let found) = address else {
            throw ClientFailure(
                .noPublicAddress, "the route to \(server) has no IPv4 address; set ALLOW_IP")
        }
        return found
    }

    /// The IPv4 address of an interface: one of the Internet, if it has several.
    static func of(
        interface name: String, _ networks: [InterfaceNetwork]
    ) throws(ClientFailure) -> IPv4Address {
        var candidates: [IPv4Address] = []
        for network in networks where network.interface == name {
            if case .v4(let address) = network.address { candidates.append(address) }
        }
        guard let found = candidates.first(where: { $0.scope == .global }) ?? candidates.first else {
            throw ClientFailure(
                .noPublicAddress,
                "ALLOW_IP: the interface \(name) is not up, or has no IPv4 address; see ip address")
        }
        return found
    }
}
