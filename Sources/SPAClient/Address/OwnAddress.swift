internal import SPANet
internal import SPASystem

/// The addresses that this machine knows to be its own.
enum OwnAddress {
    /// Ours on the route to `server`. Connecting a UDP socket sends nothing.
    static func onRoute(to server: InternetEndpoint) throws(ClientFailure) -> IPAddress {
        do throws(SystemError) {
            let socket = try InternetSocket(.udp, server.address.family)
            _ = try socket.connect(to: server)
            return try socket.localEndpoint().address
        } catch {
            throw ClientFailure(
                .noPublicAddress, "no route to \(server): \(error.reason); check the network, or set ALLOW_IP"
            )
        }
    }

    /// The address of an interface, of a family: one of the Internet, if it has several.
    static func of(
        interface name: String, _ family: AddressFamily, _ networks: [InterfaceNetwork]
    ) throws(ClientFailure) -> IPAddress {
        let candidates = networks.filter { $0.interface == name && $0.address.family == family }.map(
            \.address)
        guard let found = candidates.first(where: { $0.scope == .global }) ?? candidates.first else {
            throw ClientFailure(
                .noPublicAddress,
                "ALLOW_IP: the interface \(name) is not up, or has no \(family) address; see ip address")
        }
        return found
    }
}
