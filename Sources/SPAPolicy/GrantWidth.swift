package import SPANet

/// How far around an address a stanza opens its doors: GRANT_PREFIX and GRANT_PREFIX6, lengths of prefixes in bits.
package struct GrantWidth: Hashable, Sendable {
    /// In ``v4Range``; the upper end is the address alone.
    package let v4: Int
    /// In ``v6Range``; the same.
    package let v6: Int

    /// What may be configured. Nothing wider is ever opened.
    package static let v4Range = 24...32
    package static let v6Range = 64...128

    /// The address alone, in both families: the default.
    package static let single = GrantWidth()

    private init() { (v4, v6) = (32, 128) }

    /// Nil for a length outside its range.
    package init?(v4: Int = 32, v6: Int = 128) {
        guard GrantWidth.v4Range.contains(v4), GrantWidth.v6Range.contains(v6) else { return nil }
        (self.v4, self.v6) = (v4, v6)
    }

    /// What is opened for `address`: the network of this width around it, but nothing beyond the network of `sources` that
    /// it lies in. An address outside all of them, or of a kind that no carrier puts many people behind, stays alone.
    ///
    /// - Parameter sources: SOURCE of the stanza.
    package func network(around address: IPAddress, within sources: [IPNetwork]) -> IPNetwork {
        let wanted =
            switch address {
            case .v4: v4
            case .v6: v6
            }
        // Both networks hold the address, so that one lies in the other: the longer prefix is in both.
        guard GrantWidth.isShared(address),
            let admitted = sources.filter({ $0.contains(address) }).map(\.prefixLength).min(),
            let network = IPNetwork(address, prefixLength: max(wanted, admitted))
        else { return IPNetwork(only: address) }
        return network
    }

    /// Whether all of the widest network around this address are addresses of its own kind, which hosts share out.
    private static func isShared(_ address: IPAddress) -> Bool {
        switch address.scope {
        case .global, .privateUse, .sharedCarrier: !isTranslated(address)
        case .unspecified, .loopback, .linkLocal, .multicast, .reserved: false
        }
    }

    /// Whether the network around it holds no neighbours but all the world: addresses of IPv4 in the clothes of IPv6 (RFC 4291
    /// section 2.5.5, RFC 7915, RFC 6052, RFC 8215), and Teredo (RFC 4380).
    private static func isTranslated(_ address: IPAddress) -> Bool {
        guard case .v6(let v6) = address else { return false }
        return v6.high == 0 || v6.high == 0x0064_FF9B_0000_0000 || v6.high >> 16 == 0x0064_FF9B_0001
            || v6.high >> 32 == 0x2001_0000
    }
}
