package import SPANet
package import SPAWire

/// What the policy permits: open these services for this address. Only ``Policy`` can make one.
package struct Decision: Hashable, Sendable {
    /// The address that gets access.
    package let allowed: IPAddress
    /// Each once, in the order of the request.
    package let services: [Service]
    package let lifetime: Lifetime
    /// Number of the stanza that permits it.
    package let stanza: UInt16

    fileprivate init(allowed: IPAddress, services: [Service], lifetime: Lifetime, stanza: UInt16) {
        self.allowed = allowed
        self.services = services
        self.lifetime = lifetime
        self.stanza = stanza
    }
}

/// Who may open what, for how long. Functions of values: the clock is an argument, and nothing is remembered.
package enum Policy {
    /// Whether a packet that arrived like this is looked at by the stanza at all; asked before any cryptography.
    package static func considers(_ arrival: Arrival, _ rules: StanzaRules) -> Bool {
        rules.sources.contains { $0.contains(arrival.source) }
            && (rules.destinations.isEmpty
                || rules.destinations.contains { $0.contains(arrival.destination) })
    }

    /// Whether the stanza's date has passed at `now` (seconds since 1970).
    package static func hasExpired(_ rules: StanzaRules, now: Int64) -> Bool {
        rules.expiresAt.map { now >= $0 } ?? false
    }

    /// Judges a request that the stanza's keys have opened.
    ///
    /// - Parameters:
    ///   - maximumAge: the largest distance of the packet's date from `now`, in seconds, past and future alike.
    ///   - now: seconds since 1970.
    /// - Throws: the first ``Refusal`` in the order that fwknopd checks them.
    package static func decide(
        _ message: SPAMessage, from arrival: Arrival, under rules: StanzaRules, maximumAge: UInt32, now: Int64
    ) throws(Refusal) -> Decision {
        guard !hasExpired(rules, now: now) else { throw .stanzaExpired }
        let (age, overflow) = now.subtractingReportingOverflow(message.timestamp)
        guard !overflow, age.magnitude <= UInt64(maximumAge) else {
            throw .stale(seconds: overflow ? .max : age)
        }

        let request: AccessRequest
        switch message.request {
        case .access(let access): request = access
        case .command: throw .kindNotServed(.command)
        case .natAccess: throw .kindNotServed(.natAccess)
        case .localNATAccess: throw .kindNotServed(.localNATAccess)
        }
        let allowed = try address(for: request, arrival, rules)
        if let required = rules.requiredUser, required != message.user { throw .userMismatch }
        for service in request.services {
            guard !rules.restrictPorts.contains(service), rules.openPorts?.contains(service) ?? true else {
                throw .serviceDenied(service)
            }
        }
        var services: [Service] = []
        for service in request.services where !services.contains(service) { services.append(service) }
        return Decision(
            allowed: allowed, services: services, lifetime: lifetime(wish: message.clientTimeout, rules),
            stanza: rules.number)
    }

    private static func address(
        for request: AccessRequest, _ arrival: Arrival, _ rules: StanzaRules
    ) throws(Refusal) -> IPAddress {
        let fromSource = request.address.isUnspecified
        guard !fromSource || !rules.requiresSourceAddress else { throw .sourceAddressRequired }
        // `::` asks for an IPv6 source; an IPv4 one may be anybody's way out of a network.
        let isSameFamily = arrival.source.width == request.address.width
        let address = fromSource && isSameFamily ? arrival.source : request.address
        guard isGrantable(address) else { throw .addressNotGrantable(address) }
        return address
    }

    /// Whether a door may be opened for `address` at all. The helper asks the same question again.
    package static func isGrantable(_ address: IPAddress) -> Bool {
        if case .v6(let v6) = address, v6.mappedIPv4 != nil { return false }
        return switch address.scope {
        case .unspecified, .multicast, .reserved: false
        case .loopback, .linkLocal, .privateUse, .sharedCarrier, .global: true
        }
    }

    private static func lifetime(wish: UInt32?, _ rules: StanzaRules) -> Lifetime {
        guard let wish, let wished = Lifetime(seconds: min(wish, Lifetime.range.upperBound)) else {
            return min(rules.accessTimeout, rules.maximumTimeout)
        }
        return min(wished, rules.maximumTimeout)
    }
}
