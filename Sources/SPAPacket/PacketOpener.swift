internal import SPABytes
package import SPACrypto
package import SPAKeys
internal import SPASecret
package import SPAWire

/// Opens the packets of one stanza. Holds the HMAC key in hashed form, so that a packet of somebody else costs one HMAC and
/// no memory.
///
/// The order of the checks is fixed: HMAC first, and before it matches nothing is decoded or decrypted. Not for use by
/// several threads at once.
package final class PacketOpener {
    private let keys: PacketKeys
    private let hmac: HMACContext?

    /// - Throws: `CryptoError.keyLength` for keys that cannot work.
    package init(_ keys: PacketKeys) throws(CryptoError) {
        guard KeyAndIV.passwordLengths.contains(keys.encryption.count) else {
            throw .keyLength(count: keys.encryption.count, allowed: KeyAndIV.passwordLengths)
        }
        self.keys = keys
        if let key = keys.hmac {
            hmac = try HMACContext(keys.hmacType, key: key)
        } else {
            hmac = nil
        }
    }

    /// The checks that need no key: length 140 to 1499, alphabet, no prefix.
    package static func checkOuter(_ wire: Span<UInt8>) throws(PacketError) { _ = try WireText(wire) }

    /// The message of a datagram.
    package func open(_ wire: Span<UInt8>) throws(PacketError) -> SPAMessage {
        try openKeepingDigest(try WireText(wire)).message
    }

    /// The message of a datagram whose outer form was checked before, once for all stanzas.
    package func open(_ wire: borrowing WireText) throws(PacketError) -> SPAMessage {
        try openKeepingDigest(wire).message
    }

    /// The message, and the type of the digest inside.
    package func openKeepingDigest(
        _ wire: borrowing WireText
    ) throws(PacketError) -> (message: SPAMessage, digest: DigestType) {
        let blob = try PacketOpener.decode(try authenticated(wire.characters))
        let plain = try decrypt(blob.span)
        let text = try MessageText(try PacketOpener.unpadded(plain.bytes))
        let digest = try InnerDigest.verify(text)
        return (try text.message(), digest)
    }

    /// The ciphertext part of the wire text; with an HMAC key, only if the code behind it is right.
    @_lifetime(copy characters)
    private func authenticated(_ characters: Span<UInt8>) throws(PacketError) -> Span<UInt8> {
        guard let hmac else {
            guard WireText.canBeAES(ciphertext: characters.count, withHMAC: false) else {
                throw .ciphertextLength
            }
            return characters
        }
        let end = characters.count - hmac.type.textCount
        guard end > 0 else { throw .hmacMismatch }
        // Before the HMAC, so that long garbage costs nothing.
        guard WireText.canBeAES(ciphertext: end, withHMAC: true) else { throw .ciphertextLength }
        let ciphertext = characters.extracting(0..<end)
        // 64 bytes and 88 characters hold the largest code; no array, because garbage comes this way too.
        var code = InlineArray<64, UInt8>(repeating: 0)
        var codeText = InlineArray<88, UInt8>(repeating: 0)
        var codeBytes = code.mutableSpan
        let prefix = WireText.prefix
        guard (try? hmac.authenticate(prefix.span, ciphertext, into: &codeBytes)) != nil else {
            throw .libraryFailed
        }
        var room = codeText.mutableSpan
        // The text is compared, not the bytes: that leaves the code one spelling.
        guard
            let count = Base64.encodeUnpadded(code.span.extracting(first: hmac.type.byteCount), into: &room),
            ConstantTime.equal(
                codeText.span.extracting(first: count), characters.extracting(end..<characters.count))
        else { throw .hmacMismatch }
        return ciphertext
    }

    /// The blob of a ciphertext: mark, salt and at least one block.
    private static func decode(_ ciphertext: Span<UInt8>) throws(PacketError) -> [UInt8] {
        var full = ByteWriter(capacity: WireText.prefix.count + ciphertext.count)
        full.append(WireText.prefix)
        full.append(ciphertext)
        guard let blob = Base64.decodeUnpadded(full.bytes.span) else { throw .base64Shape }
        guard blob.starts(with: Envelope.magic) else { throw .magic }
        guard blob.count > Envelope.headLength, blob.count % AES256.blockLength == 0 else { throw .blockSize }
        return blob
    }

    private func decrypt(_ blob: Span<UInt8>) throws(PacketError) -> Secret {
        let salt = blob.extracting(Envelope.magic.count..<Envelope.headLength)
        let blocks = blob.extracting(Envelope.headLength..<blob.count)
        guard let derived = try? KeyAndIV(password: keys.encryption, salt: salt, mode: keys.mode),
            let plain = try? AES256.decrypt(blocks, with: derived, mode: keys.mode)
        else { throw .libraryFailed }
        return plain
    }

    /// The text without its PKCS#7 padding (RFC 5652 section 6.3), which must be exact.
    @_lifetime(copy plain)
    private static func unpadded(_ plain: Span<UInt8>) throws(PacketError) -> Span<UInt8> {
        guard plain.count > 0 else { throw .padding }
        let length = Int(plain[plain.count - 1])
        guard (1...AES256.blockLength).contains(length), length <= plain.count else { throw .padding }
        for index in (plain.count - length)..<plain.count where Int(plain[index]) != length { throw .padding }
        return plain.extracting(0..<(plain.count - length))
    }
}
