package import SPANet
package import SPASystem

/// Sends knocks: to each address of the server, by each carrier, one fresh packet for each address to allow.
package struct KnockSender: Sendable {
    package let recipe: KnockRecipe
    package let servers: [InternetEndpoint]
    package let carriers: [KnockCarrier]

    package init(recipe: KnockRecipe, servers: [InternetEndpoint], carriers: [KnockCarrier]) {
        (self.recipe, self.servers, self.carriers) = (recipe, servers, carriers)
    }

    /// One packet on its way.
    package struct Errand: Hashable, Sendable {
        package let server: InternetEndpoint
        /// What it asks for.
        package let address: IPAddress
    }

    /// Who is asked for what: for an address over its own family, where the server has one. Otherwise over the other, which
    /// does for an address that is named, and never for the packet's source.
    package static func errands(_ servers: [InternetEndpoint], allowing addresses: [IPAddress]) -> [Errand] {
        servers.flatMap { server in
            addresses.compactMap { address in
                let isOfFamily = server.address.family == address.family
                let hasOther = servers.contains { $0.address.family == address.family }
                guard isOfFamily || !hasOther && !address.isUnspecified else { return nil }
                return Errand(server: server, address: address)
            }
        }
    }

    /// Knocks for each of `addresses`; an error only where nothing could be sent. The bytes of a packet.
    @discardableResult
    package func knock(allowing addresses: [IPAddress]) throws(ClientFailure) -> Int {
        var sent = 0
        var last: SystemError?
        for errand in KnockSender.errands(servers, allowing: addresses) {
            for carrier in carriers {
                let packet = try recipe.packet(allowing: errand.address, now: RealtimeClock.seconds())
                do throws(SystemError) {
                    try carrier.send(packet, to: errand.server)
                    sent = packet.count
                } catch {
                    last = error
                }
            }
        }
        guard sent == 0 else { return sent }
        throw ClientFailure(
            .knockNotSent,
            "the knock could not be sent: \(last?.description ?? "no address"); check the network")
    }
}
