internal import CSallyportShims
package import SPANet

/// An address with a port, and the interface for addresses that need one.
package struct InternetEndpoint: Hashable, Sendable, CustomStringConvertible {
    package var address: IPAddress
    package var port: UInt16
    /// Number of the interface that an IPv6 link-local address belongs to; 0 for none.
    package var scope: UInt32

    package init(_ address: IPAddress, port: UInt16, scope: UInt32 = 0) {
        (self.address, self.port, self.scope) = (address, port, scope)
    }

    package var description: String {
        switch address {
        case .v4(let address): "\(address):\(port)"
        case .v6(let address): "[\(address)\(scope == 0 ? "" : "%\(scope)")]:\(port)"
        }
    }

    init(_ raw: sp_address) {
        address =
            raw.family == 4
            ? .v4(IPv4Address(bits: UInt32(truncatingIfNeeded: raw.low)))
            : .v6(IPv6Address(high: raw.high, low: raw.low))
        (port, scope) = (raw.port, raw.scope)
    }

    var raw: sp_address {
        switch address {
        case .v4(let address):
            sp_address(family: 4, high: 0, low: UInt64(address.bits), scope: 0, port: port)
        case .v6(let address):
            sp_address(family: 6, high: address.high, low: address.low, scope: scope, port: port)
        }
    }
}

/// The families of addresses.
package enum AddressFamily: Int32, Hashable, Sendable, CustomStringConvertible {
    case v4 = 4
    case v6 = 6

    /// `0.0.0.0` or `::`, which in a packet mean the source that the server sees.
    package var unspecified: IPAddress {
        switch self {
        case .v4: .v4(.unspecified)
        case .v6: .v6(.unspecified)
        }
    }

    package var description: String { self == .v4 ? "IPv4" : "IPv6" }
}

extension IPAddress {
    package var family: AddressFamily {
        switch self {
        case .v4: .v4
        case .v6: .v6
        }
    }
}

/// A network that one of this machine's interfaces is in.
package struct InterfaceNetwork: Hashable, Sendable {
    /// The interface's own address.
    package let address: IPAddress
    /// 0 to 32 or 128.
    package let prefixLength: Int
    /// The interface's name; empty where nobody asked.
    package let interface: String

    package init(address: IPAddress, prefixLength: Int, interface: String = "") {
        (self.address, self.prefixLength, self.interface) = (address, prefixLength, interface)
    }

    /// Whether `other` is in the same network; never across families.
    package func contains(_ other: IPAddress) -> Bool {
        switch (address, other) {
        case (.v4(let mine), .v4(let theirs)):
            guard (0...32).contains(prefixLength) else { return false }
            return prefixLength == 0 || (mine.bits ^ theirs.bits) >> UInt32(32 - prefixLength) == 0
        case (.v6(let mine), .v6(let theirs)):
            guard (0...128).contains(prefixLength) else { return false }
            let high = mine.high ^ theirs.high
            let low = mine.low ^ theirs.low
            if prefixLength <= 64 { return prefixLength == 0 || high >> UInt64(64 - prefixLength) == 0 }
            return high == 0 && low >> UInt64(128 - prefixLength) == 0
        default: return false
        }
    }
}
