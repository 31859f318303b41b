package import SPAConfig
package import SPAKeys
package import SPANet
internal import SPAPacket
package import SPAWire

/// Everything that the packets of one run have in common.
package struct KnockRecipe: Sendable {
    package var services: [Service]
    package var user: String
    package var clientTimeout: UInt32?
    /// Added to the clock, in seconds.
    package var timeOffset: Int64
    package var digest: DigestType
    /// How large a packet, and how long a key, the server takes.
    private let limit: SizeLimit
    package var keys: PacketKeys

    package init(_ stanza: ClientStanza, services: [Service], user: String, keys: PacketKeys) {
        self.services = services
        self.user = user
        clientTimeout = stanza.clientTimeout
        timeOffset = stanza.timeOffset
        digest = stanza.digest
        limit = stanza.serverKind == .sallyport ? .sallyport : .stockServer
        self.keys = keys
    }

    /// The message at `now` (seconds since 1970) that asks to allow `address`.
    package func message(allowing address: IPAddress, random: [UInt8], now: Int64) -> SPAMessage {
        SPAMessage(
            random: random, user: Array(user.utf8),
            timestamp: now.addingReportingOverflow(timeOffset).partialValue,
            request: .access(AccessRequest(address: address, services: services)),
            // A timeout of 0 leaves it to the server, as fwknop's client does.
            clientTimeout: clientTimeout == 0 ? nil : clientTimeout)
    }

    /// A packet that was never sent before. The server forgets none, so every knock needs a new one.
    package func packet(allowing address: IPAddress, now: Int64) throws(ClientFailure) -> [UInt8] {
        try sealed(try freshMessage(allowing: address, now: now))
    }

    /// Makes a packet for nobody, so that the next one takes less time. What goes wrong shows with that one.
    func warmUp() { _ = try? packet(allowing: .v4(.unspecified), now: 0) }

    /// The message for ``packet(allowing:now:)``, with new random digits.
    package func freshMessage(allowing address: IPAddress, now: Int64) throws(ClientFailure) -> SPAMessage {
        do {
            return message(allowing: address, random: try SPAMessage.random16(), now: now)
        } catch {
            throw ClientFailure(.other, "no random numbers: \(error); look at the OpenSSL configuration")
        }
    }

    /// The wire text of `message`.
    package func sealed(_ message: SPAMessage) throws(ClientFailure) -> [UInt8] {
        do {
            return try PacketSealer.seal(message, keys: keys, digest: digest, limit: limit)
        } catch {
            throw ClientFailure(
                .configuration, "no packet can be made: \(error); mend the stanza or the options")
        }
    }
}
