package import SPASystem

/// Looks up the hosts that we connect to.
package enum HostLookup {
    /// The IPv4 addresses of `host`; packets of this protocol can ask for nothing else. Blocks.
    package static func addresses(_ host: HostName, port: UInt16) throws(ClientFailure) -> [InternetEndpoint]
    {
        do {
            return try Resolver.lookup(host.text, family: .v4).map { found in
                InternetEndpoint(found.address, port: port, scope: found.scope)
            }
        } catch {
            if (try? Resolver.lookup(host.text, family: .v6)) != nil {
                throw ClientFailure(
                    .lookup,
                    "\(host) has only IPv6 addresses, and a knock can ask for IPv4 only; give it an A record")
            }
            throw ClientFailure(
                .lookup, "no address for \(host) (\(error.reason)); check name and network")
        }
    }
}
