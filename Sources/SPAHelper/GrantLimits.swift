internal import SPAChannel
internal import SPANet
internal import SPAPolicy

/// The helper's own limits. They come from the supervisor alone; nothing the worker says changes them.
struct GrantLimits {
    private struct Settings {
        var limits: GlobalLimits
        var stanzas: [UInt16: StanzaLimits] = [:]
    }

    private var inForce: [UInt16: Settings] = [:]
    private var arriving: (generation: UInt16, settings: Settings)?
    private var newest: UInt16?
    private var bucket = TokenBucket(perMinute: 0)

    /// Whether a configuration is in force at all.
    var isConfigured: Bool { newest != nil }

    /// The global limits of the newest settings.
    var global: GlobalLimits {
        newest.flatMap { inForce[$0]?.limits } ?? GlobalLimits(grants: 0, grantsPerMinute: 0)
    }

    /// The services that the newest settings name, in order.
    var guarded: [Service] {
        let stanzas = newest.flatMap { inForce[$0]?.stanzas.values.map { $0 } } ?? []
        return Set(stanzas.flatMap { $0.openPorts ?? [] }).sorted {
            ($0.transport.rawValue, $0.port) < ($1.transport.rawValue, $1.port)
        }
    }

    /// The longest life that the newest settings allow any grant, in seconds.
    var longest: Int64 {
        newest.flatMap { inForce[$0]?.stanzas.values.map { Int64($0.longest.seconds) }.max() } ?? 0
    }

    /// Whether the newest settings open more than single addresses anywhere.
    var wantPrefixes: Bool {
        newest.flatMap { inForce[$0]?.stanzas.values.contains { $0.width != .single } } ?? false
    }

    /// What is opened for the address of a request, by its stanza.
    func network(for request: GrantRequest) -> IPNetwork {
        inForce[request.generation]?.stanzas[request.stanza].map {
            $0.width.network(around: request.source, within: $0.sources)
        } ?? IPNetwork(only: request.source)
    }

    mutating func begin(generation: UInt16, limits: GlobalLimits) {
        arriving = (generation, Settings(limits: limits))
    }

    /// False when no configuration is arriving, or the stanza came before.
    mutating func add(_ stanza: StanzaLimits) -> Bool {
        guard arriving != nil, arriving?.settings.stanzas[stanza.number] == nil else { return false }
        arriving?.settings.stanzas[stanza.number] = stanza
        return true
    }

    /// Puts the arriving configuration in force beside the one before. False when it is another one that arrives.
    mutating func commit(generation: UInt16) -> Bool {
        guard let (arrived, settings) = arriving, arrived == generation, newest != generation else {
            return false
        }
        inForce[generation] = settings
        newest = generation
        arriving = nil
        bucket.setRate(perMinute: settings.limits.grantsPerMinute)
        return true
    }

    /// Ends the validity of an older configuration. The newest stays.
    mutating func retire(generation: UInt16) {
        if generation != newest { inForce[generation] = nil }
    }

    /// Judges a request.
    ///
    /// - Parameters:
    ///   - live: grants that are open.
    ///   - extends: whether the door is open already for this address, so that no grant is added.
    ///   - isOurs: whether the packet was sent to an address of this host.
    ///   - opensIPv6: whether there is a chain for IPv6 addresses.
    ///   - now: seconds since 1970.
    ///   - moment: nanoseconds of a clock that nobody sets.
    mutating func check(
        _ request: GrantRequest, live: Int, extends: Bool, isOurs: Bool, opensIPv6: Bool, now: Int64,
        moment: Int64
    ) -> GrantRefusal? {
        guard let settings = inForce[request.generation], let stanza = settings.stanzas[request.stanza] else {
            return .unknownStanza
        }
        if let expiry = stanza.expiresAt, now >= expiry { return .stanzaExpired }
        guard !stanza.restrictPorts.contains(request.service),
            stanza.openPorts?.contains(request.service) ?? true
        else { return .serviceNotAllowed }
        guard request.lifetime <= stanza.longest else { return .lifetimeTooLong }
        guard Policy.isGrantable(request.source) else { return .addressNotAllowed }
        if case .v6 = request.source, !opensIPv6 { return .familyNotOpened }
        guard isOurs || stanza.anyDestination else { return .destinationNotOurs }
        guard extends || live < Int(global.grants) else { return .tooManyGrants }
        guard bucket.take(at: moment) else { return .tooManyPerMinute }
        return nil
    }
}
