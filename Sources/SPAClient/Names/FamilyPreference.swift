package import SPANet
package import SPASystem

/// Which family of a host is tried first: the rules of RFC 6724 section 6, as far as they tell families apart.
///
/// The C library orders the addresses of one lookup; here each family has a lookup of its own.
package enum FamilyPreference {
    /// The choice between one address of each family, and our own address on the route to it; nil where there is no route.
    package static func choose(
        v6: IPv6Address, from own6: IPv6Address?, v4: IPv4Address, from own4: IPv4Address?
    ) -> AddressFamily {
        // Rule 1: avoid what cannot be reached.
        guard let own6 else { return own4 == nil ? .v6 : .v4 }
        guard let own4 else { return .v6 }
        // Rule 2: an address of the Internet is of little use to one that only the cable knows.
        let fits6 = isLocal(.v6(v6)) == isLocal(.v6(own6))
        let fits4 = isLocal(.v4(v4)) == isLocal(.v4(own4))
        if fits6 != fits4 { return fits6 ? .v6 : .v4 }
        // Rules 5 and 6, with the default table of section 2.1; all of IPv4 has the precedence 35, and one label.
        guard kind(v6) == kind(own6) else { return .v4 }
        return kind(v6).precedence > 35 ? .v6 : .v4
    }

    private static func isLocal(_ address: IPAddress) -> Bool {
        address.scope == .loopback || address.scope == .linkLocal
    }

    /// The rows of the table, by what they mean.
    private enum Kind {
        case ordinary, loopback, sixToFour, teredo, uniqueLocal

        var precedence: Int {
            switch self {
            case .loopback: 50
            case .ordinary: 40
            case .sixToFour: 30
            case .teredo: 5
            case .uniqueLocal: 3
            }
        }
    }

    private static func kind(_ address: IPv6Address) -> Kind {
        if address.high == 0, address.low == 1 { return .loopback }
        if address.high >> 48 == 0x2002 { return .sixToFour }
        if address.high >> 32 == 0x2001_0000 { return .teredo }
        return address.high >> 57 == 0x7E ? .uniqueLocal : .ordinary
    }
}
