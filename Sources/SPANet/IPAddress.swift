/// An address of either family.
package enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(IPv4Address)
    case v6(IPv6Address)

    /// Reads the text of either family; nil where it is neither's.
    package init?(_ text: String) {
        if let v4 = IPv4Address(text) {
            self = .v4(v4)
        } else if let v6 = IPv6Address(text) {
            self = .v6(v6)
        } else {
            return nil
        }
    }

    /// Reads the one spelling that ``description`` gives: dotted numbers, or RFC 5952; no zone, and no IPv4 address in IPv6
    /// clothes (RFC 4291 section 2.5.5.2), which would be a second name for the same host.
    package init?(parsing text: Span<UInt8>) {
        if let v4 = IPv4Address(parsing: text) {
            self = .v4(v4)
            return
        }
        // The longest text has 39 characters.
        guard text.count <= 39 else { return nil }
        var bytes: [UInt8] = []
        for index in text.indices { bytes.append(text[index]) }
        guard let v6 = IPv6Address(String(decoding: bytes, as: UTF8.self)), v6.mappedIPv4 == nil,
            Array(v6.description.utf8) == bytes
        else { return nil }
        self = .v6(v6)
    }

    /// Whether it is `0.0.0.0` or `::`, which in a packet mean "the source you see".
    package var isUnspecified: Bool { scope == .unspecified }

    /// The canonical text.
    package var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}

/// What an address is good for, as far as its number tells (RFC 6890 and its registry).
package enum AddressScope: Sendable {
    case unspecified, loopback, linkLocal, privateUse, sharedCarrier, multicast, reserved, global
}

extension IPv4Address {
    /// The range that the address lies in (RFC 6890).
    package var scope: AddressScope {
        let top = bits >> 24
        return switch true {
        case bits == 0: .unspecified
        case top == 0: .reserved
        case top == 127: .loopback
        case top == 10, bits >> 20 == 0xAC1, bits >> 16 == 0xC0A8: .privateUse
        case bits >> 22 == 0x191: .sharedCarrier  // 100.64.0.0/10, RFC 6598
        case bits >> 16 == 0xA9FE: .linkLocal
        case top >= 224 && top < 240: .multicast
        case top >= 240: .reserved
        default: .global
        }
    }
}

extension IPv4Address {
    /// Whether the address stands for one of the Internet where there is none: in documents (RFC 5737), in the laboratory
    /// (RFC 2544).
    package var isForExamples: Bool {
        switch bits >> 8 {
        case 0xC00002, 0xC63364, 0xCB0071: true
        default: bits >> 17 == 0x6309
        }
    }
}

extension IPv6Address {
    /// The range that the address lies in; a mapped IPv4 address counts as itself.
    package var scope: AddressScope {
        if let mapped = mappedIPv4 { return mapped.scope }
        return switch true {
        case high == 0 && low == 0: .unspecified
        case high == 0 && low == 1: .loopback
        case high == 0 && low >> 32 == 0: .reserved  // IPv4-compatible, RFC 4291 section 2.5.5.1
        case high >> 56 == 0xFF: .multicast
        case high >> 54 == 0x3FA: .linkLocal  // fe80::/10
        case high >> 57 == 0x7E: .privateUse  // fc00::/7, RFC 4193
        default: .global
        }
    }
}

extension IPAddress {
    /// The range that the address lies in.
    package var scope: AddressScope {
        switch self {
        case .v4(let address): address.scope
        case .v6(let address): address.scope
        }
    }
}
