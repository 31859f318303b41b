internal import SPABytes
package import SPAChannel
package import SPAKeys
internal import SPANet
package import SPAPolicy
internal import SPASecret
internal import SPAWire

/// One stanza as the worker needs it: rules and keys.
package struct WorkerStanza: Sendable {
    package let rules: StanzaRules
    package let keys: PacketKeys

    package init(rules: StanzaRules, keys: PacketKeys) { (self.rules, self.keys) = (rules, keys) }
}

/// Supervisor → worker. In a module of its own, so that the helper, which speaks ``SPAChannel`` too, has no code for keys.
package enum WorkerOrder: Sendable {
    /// Identity to take, never 0, and the layers of confinement that may be missing, as bits. Sent once and first.
    case setup(uid: UInt32, gid: UInt32, lacking: UInt8)
    /// A new configuration follows. `maximumAge` in seconds; `reportsGarbage` tells of what is no packet, too.
    case begin(generation: UInt16, maximumAge: UInt32, reportsGarbage: Bool)
    case stanza(WorkerStanza)
    case commit(generation: UInt16)

    /// The message; it holds keys, so the caller wipes it with `Secret.wipe`.
    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 16_384)
        switch self {
        case .setup(let uid, let gid, let lacking):
            writer.integer(UInt8(70))
            writer.integer(uid)
            writer.integer(gid)
            writer.integer(lacking)
        case .begin(let generation, let maximumAge, let reportsGarbage):
            writer.integer(UInt8(71))
            writer.integer(generation)
            writer.integer(maximumAge)
            writer.flag(reportsGarbage)
        case .stanza(let stanza):
            writer.integer(UInt8(72))
            writer.rules(stanza.rules)
            writer.integer(stanza.keys.mode.rawValue)
            writer.integer(stanza.keys.hmacType.rawValue)
            writer.secret(stanza.keys.encryption)
            writer.flag(stanza.keys.hmac != nil)
            if let hmac = stanza.keys.hmac { writer.secret(hmac) }
        case .commit(let generation):
            writer.integer(UInt8(73))
            writer.integer(generation)
        }
        return writer.bytes
    }

    package init(decoding bytes: Span<UInt8>) throws(ChannelError) {
        var reader = ChannelReader(bytes)
        switch try reader.integer(UInt8.self) {
        case 70:
            self = .setup(
                uid: try reader.integer(), gid: try reader.integer(), lacking: try reader.integer())
        case 71:
            self = .begin(
                generation: try reader.integer(), maximumAge: try reader.integer(),
                reportsGarbage: try reader.flag("garbage"))
        case 72:
            let rules = try reader.rules()
            guard let mode = EncryptionMode(rawValue: try reader.integer()) else { throw .badField("mode") }
            guard let type = DigestType(rawValue: try reader.integer()) else { throw .badField("HMAC type") }
            let encryption = try reader.secret()
            let hmac = try reader.flag("HMAC key") ? try reader.secret() : nil
            self = .stanza(
                WorkerStanza(
                    rules: rules,
                    keys: PacketKeys(encryption: encryption, mode: mode, hmac: hmac, hmacType: type)))
        case 73: self = .commit(generation: try reader.integer())
        case let tag: throw .unknownTag(tag)
        }
        try reader.finish()
    }
}

extension ByteWriter {
    fileprivate mutating func rules(_ rules: StanzaRules) {
        integer(rules.number)
        integer(UInt32(clamping: rules.line))
        networks(rules.sources)
        networks(rules.destinations)
        flag(rules.openPorts != nil)
        services(rules.openPorts ?? [])
        services(rules.restrictPorts)
        flag(rules.requiredUser != nil)
        let user = rules.requiredUser ?? []
        integer(UInt16(clamping: user.count))
        append(Array(user.prefix(Int(UInt16.max))))
        flag(rules.requiresSourceAddress)
        integer(rules.accessTimeout.seconds)
        integer(rules.maximumTimeout.seconds)
        signed(rules.expiresAt ?? .max)
    }

    fileprivate mutating func secret(_ secret: Secret) {
        integer(UInt16(clamping: secret.count))
        append(secret.bytes)
    }
}

extension ChannelReader {
    fileprivate mutating func rules() throws(ChannelError) -> StanzaRules {
        let number = try integer(UInt16.self)
        let line = Int(try integer(UInt32.self))
        let sources = try networks()
        let destinations = try networks()
        let limited = try flag("open ports")
        let open = try services()
        let restrict = try services()
        let hasUser = try flag("user")
        let user = try array(Int(try integer(UInt16.self)))
        let requiresSource = try flag("source address")
        guard let access = Lifetime(seconds: try integer()), let maximum = Lifetime(seconds: try integer())
        else {
            throw .badField("lifetime")
        }
        let expires = try signed()
        guard !sources.isEmpty else { throw .badField("sources") }
        return StanzaRules(
            number: number, line: line, sources: sources, destinations: destinations,
            openPorts: limited ? open : nil, restrictPorts: restrict, requiredUser: hasUser ? user : nil,
            requiresSourceAddress: requiresSource, accessTimeout: access, maximumTimeout: maximum,
            expiresAt: expires == .max ? nil : expires)
    }

    fileprivate mutating func secret() throws(ChannelError) -> Secret {
        let count = Int(try integer(UInt16.self))
        guard (1...136).contains(count) else { throw .badField("key length") }
        var bytes = try array(count)
        return Secret(taking: &bytes)
    }
}
