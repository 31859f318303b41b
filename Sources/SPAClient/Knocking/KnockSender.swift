package import SPANet
package import SPASystem

/// Sends knocks: to each address of the server one fresh packet for each address to allow.
package struct KnockSender: Sendable {
    package let recipe: KnockRecipe
    package let servers: [InternetEndpoint]

    package init(recipe: KnockRecipe, servers: [InternetEndpoint]) {
        (self.recipe, self.servers) = (recipe, servers)
    }

    /// Knocks for each of `addresses`, of which `0.0.0.0` is the packet's source; an error only where no address could be
    /// sent to. The bytes of a packet.
    @discardableResult
    package func knock(allowing addresses: [IPv4Address]) throws(ClientFailure) -> Int {
        var sent = 0
        var last: SystemError?
        for server in servers {
            for address in addresses {
                let packet = try recipe.packet(allowing: address, now: RealtimeClock.seconds())
                do throws(SystemError) {
                    try InternetSocket(.udp, server.address.family).send(packet.span, to: server)
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
