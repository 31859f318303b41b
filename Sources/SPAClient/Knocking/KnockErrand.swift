package import SPANet
package import SPASystem

/// One packet: where it goes, and what it asks for.
package struct KnockErrand: Hashable, Sendable {
    package let server: InternetEndpoint
    package let address: IPAddress

    package init(server: InternetEndpoint, address: IPAddress) {
        (self.server, self.address) = (server, address)
    }

    /// Who is asked for what: for an address over its own family, where the server has one. Otherwise over the other, which
    /// does for an address that is named, and never for the packet's source.
    package static func all(_ servers: [InternetEndpoint], allowing addresses: [IPAddress]) -> [KnockErrand] {
        servers.flatMap { server in
            addresses.compactMap { address in
                let isOfFamily = server.address.family == address.family
                let hasOther = servers.contains { $0.address.family == address.family }
                guard isOfFamily || !hasOther && !address.isUnspecified else { return nil }
                return KnockErrand(server: server, address: address)
            }
        }
    }
}

/// A packet that did not get to the server.
package struct KnockFailure: Hashable, Sendable, CustomStringConvertible {
    package let server: InternetEndpoint
    package let carrier: KnockCarrier
    package let error: SystemError

    package init(_ server: InternetEndpoint, _ carrier: KnockCarrier, _ error: SystemError) {
        (self.server, self.carrier, self.error) = (server, carrier, error)
    }

    package var description: String { "by \(carrier) to \(server): \(error.reason)" }
}
