package import SPANet

/// Whether a claim about our public address can be true.
package enum AddressVerdict {
    /// Why an answer is none.
    package enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        case ipv6, scope(AddressScope), example

        package var description: String {
            switch self {
            case .ipv6: "an IPv6 address, for which a knock cannot ask"
            case .scope(.privateUse): "an address of a private network"
            case .scope(.sharedCarrier): "an address inside a provider's network"
            case .scope(.loopback): "a loopback address"
            case .scope(.linkLocal): "a link-local address"
            case .scope(.multicast): "a multicast address"
            case .scope: "no address of the Internet"
            case .example: "an address that stands in documents only"
            }
        }
    }

    /// The address, for a server in the Internet. Those that stand for the Internet in documents and laboratories count
    /// towards a server that has such an address itself, and nowhere else.
    package static func judge(_ claim: IPAddress, server: IPAddress) throws(Refusal) -> IPv4Address {
        guard case .v4(let address) = claim else { throw .ipv6 }
        guard address.scope == .global else { throw .scope(address.scope) }
        if address.isForExamples {
            guard case .v4(let server) = server, server.isForExamples else { throw .example }
        }
        return address
    }
}
