internal import SPABytes
package import SPANet
package import SPAPolicy

/// The one thing that the worker may ask of the helper: open one door for one address.
///
/// 54 bytes, fixed. There is no "close": a door closes by its time.
package struct GrantRequest: Equatable, Sendable {
    /// Chosen by the worker, each larger than the one before.
    package let id: UInt64
    /// Which configuration the stanza number belongs to; see ``SettingsGeneration``.
    package let generation: UInt16
    package let stanza: UInt16
    package let source: IPAddress
    package let service: Service
    package let lifetime: Lifetime
    /// Where the packet was sent to.
    package let destination: IPAddress

    package static let size = 54

    package init(
        id: UInt64, generation: UInt16, stanza: UInt16, source: IPAddress, service: Service,
        lifetime: Lifetime,
        destination: IPAddress
    ) {
        self.id = id
        self.generation = generation
        self.stanza = stanza
        self.source = source
        self.service = service
        self.lifetime = lifetime
        self.destination = destination
    }

    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: GrantRequest.size)
        writer.integer(UInt8(1))
        writer.address(source)
        writer.integer(service.transport.rawValue)
        writer.integer(service.port)
        writer.integer(stanza)
        writer.integer(generation)
        writer.integer(lifetime.seconds)
        writer.integer(id)
        writer.address(destination)
        return writer.bytes
    }

    /// - Throws: ``ChannelError`` for every message that ``encoded`` could not have made.
    package init(decoding bytes: Span<UInt8>) throws(ChannelError) {
        var reader = ChannelReader(bytes)
        let tag = try reader.integer(UInt8.self)
        guard tag == 1 else { throw .unknownTag(tag) }
        source = try reader.address()
        service = try reader.service()
        stanza = try reader.integer()
        generation = try reader.integer()
        guard let lifetime = Lifetime(seconds: try reader.integer()) else { throw .badField("lifetime") }
        self.lifetime = lifetime
        id = try reader.integer()
        destination = try reader.address()
        try reader.finish()
    }
}

/// Why the helper does not open a door. The limits are its own; the worker cannot change them.
package enum GrantRefusal: UInt8, Equatable, Sendable, CaseIterable {
    case unknownStanza = 1
    case stanzaExpired, serviceNotAllowed, lifetimeTooLong, addressNotAllowed, tooManyGrants, tooManyPerMinute
    /// The firewall tool failed or gave no acknowledgement.
    case firewallFailed
    /// The packet was sent to an address that is none of this host's, and the stanza has no DESTINATION.
    case destinationNotOurs
    /// An IPv6 address, where no door is opened over IPv6.
    case familyNotOpened
}

/// The helper's answer to a ``GrantRequest``.
package struct GrantReply: Equatable, Sendable {
    package let id: UInt64
    /// Nil: the door is open.
    package let refusal: GrantRefusal?

    package init(id: UInt64, refusal: GrantRefusal?) { (self.id, self.refusal) = (id, refusal) }

    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 10)
        writer.integer(UInt8(2))
        writer.integer(refusal?.rawValue ?? 0)
        writer.integer(id)
        return writer.bytes
    }

    package init(decoding bytes: Span<UInt8>) throws(ChannelError) {
        var reader = ChannelReader(bytes)
        let tag = try reader.integer(UInt8.self)
        guard tag == 2 else { throw .unknownTag(tag) }
        let code = try reader.integer(UInt8.self)
        let refusal = GrantRefusal(rawValue: code)
        guard code == 0 || refusal != nil else { throw .badField("refusal") }
        self.refusal = refusal
        id = try reader.integer()
        try reader.finish()
    }
}
