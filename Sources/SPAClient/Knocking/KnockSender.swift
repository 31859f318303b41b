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

    /// Knocks; an error only where no address could be sent to.
    package func knock() throws(ClientFailure) {
        var sent = false
        var last: SystemError?
        for server in servers {
            let packet = try recipe.packet(allowing: allow, now: RealtimeClock.seconds())
            do throws(SystemError) {
                try InternetSocket(.udp, server.address.family).send(packet.span, to: server)
                sent = true
            } catch {
                last = error
            }
        }
        guard !sent else { return }
        throw ClientFailure(
            .knockNotSent,
            "the knock could not be sent: \(last?.description ?? "no address"); check the network")
    }
}
