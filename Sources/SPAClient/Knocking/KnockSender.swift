package import SPANet
package import SPASystem

/// Sends knocks: one fresh packet to each address of the server.
package struct KnockSender: Sendable {
    package let recipe: KnockRecipe
    package let allow: IPv4Address
    package let servers: [InternetEndpoint]

    package init(recipe: KnockRecipe, allow: IPv4Address, servers: [InternetEndpoint]) {
        (self.recipe, self.allow, self.servers) = (recipe, allow, servers)
    }

    /// Knocks; an error only where no address could be sent to. The bytes of a packet.
    @discardableResult
    package func knock() throws(ClientFailure) -> Int {
        var sent = 0
        var last: SystemError?
        for server in servers {
            let packet = try recipe.packet(allowing: allow, now: RealtimeClock.seconds())
            do throws(SystemError) {
                try InternetSocket(.udp, server.address.family).send(packet.span, to: server)
                sent = packet.count
            } catch {
                last = error
            }
        }
        guard sent == 0 else { return sent }
        throw ClientFailure(
            .knockNotSent,
            "the knock could not be sent: \(last?.description ?? "no address"); check the network")
    }
}
