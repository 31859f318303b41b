internal import SPABytes
package import SPANet
package import SPAPolicy

/// What the supervisor tells the helper once, before it gives up its privileges.
package struct HelperSetup: Equatable, Sendable {
    /// Identity to take; never 0.
    package var uid: UInt32, gid: UInt32
    /// Layers of confinement that may be missing, as bits.
    package var lacking: UInt8
    package var interface: String
    /// The complete capture filter: classic BPF for packets that start with their IP header, 8 bytes an instruction as in
    /// the kernel's `struct sock_filter`, 1 to ``filterLimit`` of them.
    package var captureFilter: [UInt8]
    /// Bytes of a packet that are kept.
    package var snapLength: UInt32
    package var promiscuous: Bool
    /// The iptables program; `-restore` and `-save` are appended for the others.
    package var firewallProgram: String
    package var chain: String, parentChain: String
    package var jumpPosition: UInt16
    package var flushesAtStart: Bool
    package var knockPort: UInt16
    /// Whether doors are opened for IPv6 addresses, in the chain of ip6tables; and packets come over IPv6.
    package var opensIPv6: Bool
    /// Whether knocks may come in a SYN to the knock port, whose answer by the kernel would be seen.
    package var takesSyn: Bool

    /// Most instructions of a filter: the kernel's limit of 4096, less eleven that the helper puts in front.
    package static let filterLimit = 4085

    package init(
        uid: UInt32, gid: UInt32, lacking: UInt8 = 0, interface: String, captureFilter: [UInt8],
        snapLength: UInt32,
        promiscuous: Bool,
        firewallProgram: String, chain: String, parentChain: String, jumpPosition: UInt16,
        flushesAtStart: Bool,
        knockPort: UInt16, opensIPv6: Bool, takesSyn: Bool
    ) {
        self.uid = uid
        self.gid = gid
        self.lacking = lacking
        self.interface = interface
        self.captureFilter = captureFilter
        self.snapLength = snapLength
        self.promiscuous = promiscuous
        self.firewallProgram = firewallProgram
        self.chain = chain
        self.parentChain = parentChain
        self.jumpPosition = jumpPosition
        self.flushesAtStart = flushesAtStart
        self.knockPort = knockPort
        self.opensIPv6 = opensIPv6
        self.takesSyn = takesSyn
    }
}

/// What one stanza may at most get, as the helper enforces it: the part of ``StanzaRules`` that limits a grant.
package struct StanzaLimits: Equatable, Sendable {
    package var number: UInt16
    /// Nil permits every service.
    package var openPorts: Set<Service>?
    package var restrictPorts: Set<Service>
    package var longest: Lifetime
    /// Seconds since 1970.
    package var expiresAt: Int64?
    /// Whether the packet may have been sent to an address that is none of ours: then the stanza's DESTINATION decides.
    package var anyDestination: Bool
    /// How far around an address its doors are opened, and the networks that this does not reach beyond: SOURCE.
    package var width: GrantWidth, sources: [IPNetwork]

    package init(
        number: UInt16, openPorts: Set<Service>?, restrictPorts: Set<Service>, longest: Lifetime,
        expiresAt: Int64?, anyDestination: Bool, width: GrantWidth = .single, sources: [IPNetwork] = []
    ) {
        self.number = number
        self.openPorts = openPorts
        self.restrictPorts = restrictPorts
        self.longest = longest
        self.expiresAt = expiresAt
        self.anyDestination = anyDestination
        self.width = width
        self.sources = sources
    }

    package init(_ rules: StanzaRules) {
        self.init(
            number: rules.number, openPorts: rules.openPorts, restrictPorts: rules.restrictPorts,
            longest: rules.maximumTimeout, expiresAt: rules.expiresAt,
            anyDestination: !rules.destinations.isEmpty, width: rules.width,
            // Whoever opens single addresses needs no bounds for more.
            sources: rules.width == .single ? [] : rules.sources)
    }
}

/// Limits over all stanzas.
package struct GlobalLimits: Equatable, Sendable {
    package var grants: UInt32
    package var grantsPerMinute: UInt32

    package init(grants: UInt32, grantsPerMinute: UInt32) {
        (self.grants, self.grantsPerMinute) = (grants, grantsPerMinute)
    }
}

/// Supervisor → helper. Settings come as `begin`, stanzas, `commit`; a reload repeats that with the next generation, and
/// `retire` follows once the worker has changed over, until when both generations are valid.
package enum HelperOrder: Equatable, Sendable {
    case setup(HelperSetup)
    case begin(generation: UInt16, limits: GlobalLimits)
    case stanza(StanzaLimits)
    case commit(generation: UInt16)
    case retire(generation: UInt16)
    /// End; `flush` takes the chain away first.
    case stop(flush: Bool)

    private static let textLimit = 4096

    /// The longest message, in bytes. The longest line of a configuration keeps every stanza far below it.
    package static let sizeLimit = 1 << 16

    package var encoded: [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .setup(let setup):
            writer.integer(UInt8(10))
            writer.integer(setup.uid)
            writer.integer(setup.gid)
            writer.integer(setup.lacking)
            writer.text(setup.interface)
            writer.integer(UInt16(clamping: setup.captureFilter.count / 8))
            writer.append(setup.captureFilter)
            for text in [setup.firewallProgram, setup.chain, setup.parentChain] { writer.text(text) }
            writer.integer(setup.snapLength)
            writer.flag(setup.promiscuous)
            writer.integer(setup.jumpPosition)
            writer.flag(setup.flushesAtStart)
            writer.integer(setup.knockPort)
            writer.flag(setup.opensIPv6)
            writer.flag(setup.takesSyn)
        case .begin(let generation, let limits):
            writer.integer(UInt8(11))
            writer.integer(generation)
            writer.integer(limits.grants)
            writer.integer(limits.grantsPerMinute)
        case .stanza(let stanza):
            writer.integer(UInt8(12))
            writer.integer(stanza.number)
            writer.integer(stanza.longest.seconds)
            writer.signed(stanza.expiresAt ?? .max)
            writer.flag(stanza.openPorts != nil)
            writer.services(stanza.openPorts ?? [])
            writer.services(stanza.restrictPorts)
            writer.flag(stanza.anyDestination)
            writer.integer(UInt8(clamping: stanza.width.v4))
            writer.integer(UInt8(clamping: stanza.width.v6))
            writer.networks(stanza.sources)
        case .commit(let generation):
            writer.integer(UInt8(13))
            writer.integer(generation)
        case .retire(let generation):
            writer.integer(UInt8(14))
            writer.integer(generation)
        case .stop(let flush):
            writer.integer(UInt8(15))
            writer.flag(flush)
        }
        return writer.bytes
    }

    package init(decoding bytes: Span<UInt8>) throws(ChannelError) {
        var reader = ChannelReader(bytes)
        switch try reader.integer(UInt8.self) {
        case 10:
            let uid = try reader.integer(UInt32.self)
            let gid = try reader.integer(UInt32.self)
            let lacking = try reader.integer(UInt8.self)
            let interface = try reader.text(limit: HelperOrder.textLimit)
            let instructions = Int(try reader.integer(UInt16.self))
            guard (1...HelperSetup.filterLimit).contains(instructions) else {
                throw .badField("filter length")
            }
            let filter = try reader.array(instructions * 8)
            let program = try reader.text(limit: HelperOrder.textLimit)
            let chain = try reader.text(limit: 64)
            let parent = try reader.text(limit: 64)
            self = .setup(
                HelperSetup(
                    uid: uid, gid: gid, lacking: lacking, interface: interface, captureFilter: filter,
                    snapLength: try reader.integer(), promiscuous: try reader.flag("promiscuous"),
                    firewallProgram: program, chain: chain, parentChain: parent,
                    jumpPosition: try reader.integer(),
                    flushesAtStart: try reader.flag("flush"), knockPort: try reader.integer(),
                    opensIPv6: try reader.flag("IPv6"), takesSyn: try reader.flag("SYN")))
        case 11:
            self = .begin(
                generation: try reader.integer(),
                limits: GlobalLimits(grants: try reader.integer(), grantsPerMinute: try reader.integer()))
        case 12:
            let number = try reader.integer(UInt16.self)
            guard let longest = Lifetime(seconds: try reader.integer()) else { throw .badField("lifetime") }
            let expires = try reader.signed()
            let limited = try reader.flag("open ports")
            let open = try reader.services()
            let restrict = try reader.services()
            let anyDestination = try reader.flag("any destination")
            guard
                let width = GrantWidth(
                    v4: Int(try reader.integer(UInt8.self)), v6: Int(try reader.integer(UInt8.self)))
            else { throw .badField("width") }
            self = .stanza(
                StanzaLimits(
                    number: number, openPorts: limited ? open : nil, restrictPorts: restrict,
                    longest: longest, expiresAt: expires == .max ? nil : expires,
                    anyDestination: anyDestination, width: width, sources: try reader.networks()))
        case 13: self = .commit(generation: try reader.integer())
        case 14: self = .retire(generation: try reader.integer())
        case 15: self = .stop(flush: try reader.flag("flush"))
        case let tag: throw .unknownTag(tag)
        }
        try reader.finish()
    }
}

extension ByteWriter {
    /// A count (16 bits), then each service; the configuration bounds the number far below 65535.
    package mutating func services(_ services: Set<Service>) {
        let sorted = services.sorted { ($0.transport.rawValue, $0.port) < ($1.transport.rawValue, $1.port) }
        integer(UInt16(truncatingIfNeeded: min(sorted.count, Int(UInt16.max))))
        for service in sorted.prefix(Int(UInt16.max)) { self.service(service) }
    }
}

extension ChannelReader {
    package mutating func services() throws(ChannelError) -> Set<Service> {
        var services: Set<Service> = []
        for _ in 0..<(try integer(UInt16.self)) { services.insert(try service()) }
        return services
    }
}
