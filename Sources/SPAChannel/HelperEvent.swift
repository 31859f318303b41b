internal import SPABytes
package import SPANet

/// How grave an event is.
package enum EventLevel: UInt8, Sendable, CaseIterable {
    case notice = 1, warning, error
}

/// Why a network that was open is open no longer, except for one address of it.
package enum NarrowingCause: UInt8, Sendable, CaseIterable {
    /// The address has connected.
    case connected = 1
    /// Whoever connects could not be seen any more: what is left is the address that the knock was for.
    case unseen
}

/// Helper → supervisor: what happened. The supervisor turns it into log lines.
package enum HelperEvent: Equatable, Sendable {
    /// Capture and firewall are up.
    case ready
    /// Settings of this generation are in force.
    case committed(generation: UInt16)
    /// The firewall has acknowledged the rule. `expires` is the second that the rule's comment names; `prefix` the length of
    /// the network around `source` that it opens, nil for the address alone.
    case granted(
        id: UInt64, stanza: UInt16, source: IPAddress, service: Service, expires: Int64, extended: Bool,
        prefix: UInt8? = nil)
    case refused(id: UInt64, stanza: UInt16, source: IPAddress, service: Service, reason: GrantRefusal)
    /// A grant is over and its rule is deleted.
    case expired(IPNetwork, service: Service, expires: Int64)
    /// Of a network that was open one address is left, for the rest of the time.
    case narrowed(IPNetwork, to: IPAddress, service: Service, expires: Int64, cause: NarrowingCause)
    /// What has become of the capture, and how many changes before this one were not told.
    case capture(CaptureState, untold: UInt32)
    /// Free text for the log, made by the helper.
    case message(EventLevel, String)
    /// The end has come that was ordered.
    case stopped
    /// Up, but not yet, or no longer, able to add rules: what is waited for, in words of the helper. Empty: nothing any more.
    case waiting(String)

    package static let messageLimit = 1000

    package var encoded: [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .ready: writer.integer(UInt8(30))
        case .committed(let generation):
            writer.integer(UInt8(31))
            writer.integer(generation)
        case .granted(
            let id, let stanza, let source, let service, let expires, let extended, let prefix):
            writer.integer(UInt8(32))
            writer.integer(id)
            writer.integer(stanza)
            writer.address(source)
            writer.service(service)
            writer.signed(expires)
            writer.flag(extended)
            writer.integer(prefix ?? 0)
        case .refused(let id, let stanza, let source, let service, let reason):
            writer.integer(UInt8(33))
            writer.integer(id)
            writer.integer(stanza)
            writer.address(source)
            writer.service(service)
            writer.integer(reason.rawValue)
        case .narrowed(let network, let address, let service, let expires, let cause):
            writer.integer(UInt8(39))
            writer.network(network)
            writer.address(address)
            writer.service(service)
            writer.signed(expires)
            writer.integer(cause.rawValue)
        case .expired(let network, let service, let expires):
            writer.integer(UInt8(34))
            writer.network(network)
            writer.service(service)
            writer.signed(expires)
        case .message(let level, let text):
            writer.integer(UInt8(35))
            writer.integer(level.rawValue)
            writer.text(String(decoding: text.utf8.prefix(HelperEvent.messageLimit), as: UTF8.self))
        case .stopped: writer.integer(UInt8(36))
        case .capture(let state, let untold):
            writer.integer(UInt8(37))
            writer.captureState(state)
            writer.integer(untold)
        case .waiting(let text):
            writer.integer(UInt8(38))
            writer.text(String(decoding: text.utf8.prefix(HelperEvent.messageLimit), as: UTF8.self))
        }
        return writer.bytes
    }

    package init(decoding bytes: Span<UInt8>) throws(ChannelError) {
        var reader = ChannelReader(bytes)
        switch try reader.integer(UInt8.self) {
        case 30: self = .ready
        case 31: self = .committed(generation: try reader.integer())
        case 32:
            let id = try reader.integer(UInt64.self)
            let stanza = try reader.integer(UInt16.self)
            let source = try reader.address()
            let service = try reader.service()
            let expires = try reader.signed()
            let extended = try reader.flag("extended")
            let prefix = try reader.integer(UInt8.self)
            guard prefix < source.width else { throw .badField("prefix") }
            self = .granted(
                id: id, stanza: stanza, source: source, service: service, expires: expires,
                extended: extended, prefix: prefix == 0 ? nil : prefix)
        case 33:
            let id = try reader.integer(UInt64.self)
            let stanza = try reader.integer(UInt16.self)
            let source = try reader.address()
            let service = try reader.service()
            guard let reason = GrantRefusal(rawValue: try reader.integer()) else { throw .badField("reason") }
            self = .refused(id: id, stanza: stanza, source: source, service: service, reason: reason)
        case 34:
            self = .expired(
                try reader.network(), service: try reader.service(), expires: try reader.signed())
        case 35:
            guard let level = EventLevel(rawValue: try reader.integer()) else { throw .badField("level") }
            // Cutting a text inside a character can lengthen it when it is read back.
            self = .message(level, try reader.text(limit: HelperEvent.messageLimit + 8))
        case 36: self = .stopped
        case 37: self = .capture(try reader.captureState(), untold: try reader.integer())
        case 38: self = .waiting(try reader.text(limit: HelperEvent.messageLimit + 8))
        case 39:
            let network = try reader.network()
            let address = try reader.address()
            let service = try reader.service()
            let expires = try reader.signed()
            guard let cause = NarrowingCause(rawValue: try reader.integer()) else { throw .badField("cause") }
            self = .narrowed(network, to: address, service: service, expires: expires, cause: cause)
        case let tag: throw .unknownTag(tag)
        }
        try reader.finish()
    }
}
