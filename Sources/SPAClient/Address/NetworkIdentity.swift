package import SPANet
package import SPASystem

/// The network that a route leads through, as far as it can be told from here: another one has another public address.
package struct NetworkIdentity: Hashable, Sendable {
    package let interface: String
    /// The next router; nil for a destination on the cable, or a tunnel.
    package let gateway: IPAddress?
    /// Our own address there.
    package let own: IPAddress
    /// The router's link address as `aa:bb:cc:dd:ee:ff`, while the system knows it: two homes may both be 192.168.1.0/24.
    package let hardware: String?

    package init(interface: String, gateway: IPAddress?, own: IPAddress, hardware: String?) {
        (self.interface, self.gateway) = (interface, gateway)
        (self.own, self.hardware) = (own, hardware)
    }

    /// The network of `route`; nil where the kernel does not tell our address there.
    package init?(_ route: Route, neighbours: String) {
        guard let source = route.source, !route.interface.isEmpty else { return nil }
        let hardware = route.gateway.flatMap {
            NetworkIdentity.hardware(of: $0, on: route.interface, neighbours)
        }
        self.init(interface: route.interface, gateway: route.gateway, own: source, hardware: hardware)
    }

    /// The network that leads to `server`, at this moment.
    static func current(_ server: IPAddress) -> NetworkIdentity? {
        guard let route = try? Route(to: server) else { return nil }
        let table = (try? FileDescriptor.open("/proc/net/arp", [.readOnly]).readToEnd(limit: 1 << 18)) ?? []
        return NetworkIdentity(route, neighbours: String(decoding: table, as: UTF8.self))
    }

    /// The link address of a neighbour in the text of `/proc/net/arp`: address, type, flags, link address, mask, interface.
    static func hardware(of address: IPAddress, on interface: String, _ table: String) -> String? {
        let wanted = address.description
        for line in table.split(separator: "\n").dropFirst() {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count == 6, words[0] == wanted, words[5] == interface else { continue }
            // All zero while it is being asked for.
            return words[3] == "00:00:00:00:00:00" ? nil : String(words[3])
        }
        return nil
    }
}
