package import SPAConfig
package import SPASystem

/// Looks up the hosts that we connect to.
package struct HostLookup {
    private let kind: ServerKind
    private let note: ((String) -> Void)?

    /// For servers of `kind`: packets to a stock server can ask for IPv4 alone. `note` takes the lines of `-v`, if anybody
    /// reads them.
    package init(for kind: ServerKind, note: ((String) -> Void)?) { (self.kind, self.note) = (kind, note) }

    /// The addresses of `host`, in the order in which to try them. Blocks.
    package func addresses(_ host: HostName, port: UInt16) throws(ClientFailure) -> [InternetEndpoint] {
        let found: [InternetEndpoint]
        do {
            found = try Resolver.lookup(host.text, family: kind == .sallyport ? nil : .v4)
        } catch {
            if kind == .fwknop, hasIPv6(host) {
                throw ClientFailure(
                    .lookup,
                    "\(host) has only IPv6 addresses, and a knock at a stock server can ask for IPv4 only; give it"
                        + " an A record, or set SERVER_KIND sallyport if it runs spad")
            }
            throw ClientFailure(
                .lookup, "no address for \(host) (\(error.reason)); check name and network")
        }
        if let note, kind == .fwknop, hasIPv6(host) {
            note("\(host) has IPv6 addresses, too: left out, since SERVER_KIND is fwknop")
        }
        let endpoints = found.map { InternetEndpoint($0.address, port: port, scope: $0.scope) }
        return HostLookup.interleaved(endpoints)
    }

    private func hasIPv6(_ host: HostName) -> Bool { (try? Resolver.lookup(host.text, family: .v6)) != nil }

    /// The families in turn, IPv6 and IPv4 (RFC 8305 section 4), each in the resolver's order. The resolver's first address
    /// stays the first: it knows which families have a route (RFC 6724).
    package static func interleaved(_ endpoints: [InternetEndpoint]) -> [InternetEndpoint] {
        guard let first = endpoints.first else { return [] }
        let same = endpoints.filter { $0.address.family == first.address.family }
        let other = endpoints.filter { $0.address.family != first.address.family }
        var order: [InternetEndpoint] = []
        for index in 0..<max(same.count, other.count) {
            if index < same.count { order.append(same[index]) }
            if index < other.count { order.append(other[index]) }
        }
        return order
    }
}
