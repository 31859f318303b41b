internal import SPABytes
internal import SPACrypto
package import SPAKeys
internal import SPASecret
package import SPAWire

/// Makes packets.
package enum PacketSealer {
    /// The wire text of `message`.
    ///
    /// What no server could open is refused: fwknop's own encoder writes such packets without a word, and they vanish.
    /// Make a new message, with new random digits, for every packet: the same packet again is a replay.
    /// - Parameters:
    ///   - digest: of the text inside, where it makes no difference to security.
    ///   - salt: 8 bytes; random when nil.
    ///   - limit: what the server can take.
    package static func seal(
        _ message: SPAMessage, keys: PacketKeys, digest: DigestType = .sha256, salt: [UInt8]? = nil,
        limit: SizeLimit = .stockServer
    ) throws(SealError) -> [UInt8] {
        guard keys.encryption.count <= limit.longestKey else {
            throw .keyTooLongForServer(bytes: keys.encryption.count)
        }
        if let salt, salt.count != KeyAndIV.saltLength { throw .saltLength(salt.count) }
        var text = try checkedText(message, digest)
        defer { Secret.wipe(&text) }
        let wire: [UInt8]
        do { wire = try encrypted(&text, keys, salt) } catch { throw .crypto(error) }
        guard wire.count >= WireText.lengths.lowerBound else { throw .tooShort(characters: wire.count) }
        let code = keys.hmac == nil ? 0 : keys.hmacType.textCount
        guard limit.allows(wire: wire.count, code: code) else { throw .tooLong(characters: wire.count) }
        return wire
    }

    /// The text with its digest, after it has been read back as the receiver will.
    private static func checkedText(_ message: SPAMessage, _ digest: DigestType) throws(SealError) -> [UInt8]
    {
        var text = message.encodedFields
        let digestField: [UInt8]
        do { digestField = try InnerDigest.field(digest, of: text.span) } catch { throw .crypto(error) }
        text.append(UInt8(ascii: ":"))
        text.append(contentsOf: digestField)
        let readBack: SPAMessage
        do { readBack = try MessageText(text.span).message() } catch { throw .message(error) }
        guard readBack == message else { throw .notRepresentable }
        return text
    }

    /// Pads, encrypts, encodes and authenticates.
    private static func encrypted(
        _ text: inout [UInt8], _ keys: PacketKeys, _ salt: [UInt8]?
    ) throws(CryptoError) -> [UInt8] {
        let fill = AES256.blockLength - text.count % AES256.blockLength
        text.append(contentsOf: repeatElement(UInt8(fill), count: fill))
        let salt = if let salt { salt } else { try SecureRandom.bytes(KeyAndIV.saltLength) }
        let derived = try KeyAndIV(password: keys.encryption, salt: salt.span, mode: keys.mode)
        let blob = Envelope.magic + salt + (try AES256.encrypt(text.span, with: derived, mode: keys.mode))
        var wire = Base64.encodeUnpadded(blob.span)
        let prefix = WireText.prefix
        wire.removeFirst(prefix.count)
        if let key = keys.hmac {
            var code = [UInt8](repeating: 0, count: keys.hmacType.byteCount)
            var room = code.mutableSpan
            try HMACContext(keys.hmacType, key: key).authenticate(prefix.span, wire.span, into: &room)
            wire += Base64.encodeUnpadded(code.span)
        }
        return wire
    }
}
