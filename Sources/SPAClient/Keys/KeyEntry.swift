internal import SPAConfig
internal import SPAKeys
internal import SPASecret
internal import SPASystem

/// The keys for a run, and where they came from.
struct ObtainedKeys: Sendable {
    let keys: PacketKeys
    /// For `-v`: `encryption key from the rc file, HMAC key from HMAC_KEY_COMMAND (pass)`. Never a key.
    let origin: String
}

/// Gets the keys for a knock: from a descriptor if told so, else from the stanza, a command of the stanza, or a person.
enum KeyEntry {
    /// May wait for a person; no deadline is running yet.
    static func obtain(_ stanza: ClientStanza, _ wish: KeyWish) throws(ClientFailure) -> ObtainedKeys {
        let encryption = try one(
            .encryption, wish.descriptor == nil ? stanza.encryptionKey : nil,
            wish.descriptor == nil ? stanza.keyCommand : nil, wish)
        let byDefault = wish.asksForBoth && !encryption.isOfStanza
        var hmac: Found?
        if stanza.hmacKey != nil || stanza.hmacKeyCommand != nil
            || wish.usesHMAC ?? stanza.usesHMAC ?? byDefault
        {
            hmac = try one(.hmac, stanza.hmacKey, stanza.hmacKeyCommand, wish)
        }
        if let descriptor = wish.descriptor, descriptor > 2 { _ = FileDescriptor(owning: descriptor) }
        if let hmac, hmac.key.matches(encryption.key) {
            throw ClientFailure(
                .configuration, "the encryption key and the HMAC key are the same; make two keys")
        }
        return ObtainedKeys(
            keys: PacketKeys(
                encryption: encryption.key, mode: stanza.mode, hmac: hmac?.key, hmacType: stanza.hmacType),
            origin: "encryption key from \(encryption.origin), "
                + (hmac.map { "HMAC key from \($0.origin)" } ?? "no HMAC key"))
    }

    private struct Found {
        let key: Secret
        let origin: String
        var isOfStanza = false
    }

    private static func one(
        _ purpose: KeyPurpose, _ ofFile: Secret?, _ command: KeyCommand?, _ wish: KeyWish
    ) throws(ClientFailure) -> Found {
        if let ofFile { return Found(key: ofFile, origin: "the rc file", isOfStanza: true) }
        if let command {
            let run = KeyCommandRun(command, purpose)
            return Found(key: try run.key(), origin: run.name, isOfStanza: true)
        }
        if let descriptor = wish.descriptor {
            return Found(key: try line(purpose, from: descriptor), origin: "descriptor \(descriptor)")
        }
        let answer = try KeyQuestion.ask(purpose, wish)
        return Found(key: answer.key, origin: answer.origin)
    }

    private static func line(_ purpose: KeyPurpose, from number: Int32) throws(ClientFailure) -> Secret {
        // Borrowed: the second key comes from the same place.
        let stream = FileDescriptor(owning: number)
        let line = Result { () throws(SystemError) in try KeyLine.read(from: stream) }
        _ = stream.release()
        switch line {
        case .success(let key?): return key
        case .success(nil):
            throw ClientFailure(
                .configuration,
                "no \(purpose.words) came from descriptor \(number); give one line of 1 to \(KeyLine.limit) bytes"
            )
        case .failure(let error):
            throw ClientFailure(
                .configuration,
                "no \(purpose.words) from descriptor \(number): \(error.reason); redirect it from a file, as in \(number)<FILE"
            )
        }
    }
}

extension KeyPurpose {
    /// `encryption key` or `HMAC key`.
    var words: String {
        switch self {
        case .encryption: "encryption key"
        case .hmac: "HMAC key"
        }
    }
}
