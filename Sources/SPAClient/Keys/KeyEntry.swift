internal import SPAConfig
internal import SPAKeys
internal import SPASecret
internal import SPASystem

/// The keys for a knock: from the rc file, else from a descriptor or the terminal.
enum KeyEntry {
    static func keys(_ stanza: ClientStanza, _ options: KnockOptions) throws(ClientFailure) -> PacketKeys {
        let source = options.keySource ?? .terminal
        if let keys = stanza.keys, options.keySource == nil {
            // Once more, with what the command line may have changed.
            var hmac = keys.hmac
            if hmac == nil, options.usesHMAC { hmac = try one("HMAC key", source) }
            return PacketKeys(
                encryption: keys.encryption, mode: stanza.mode, hmac: hmac, hmacType: stanza.hmacType)
        }
        let encryption = try one("encryption key", source)
        var hmac = stanza.hmacKey
        if hmac == nil, options.usesHMAC { hmac = try one("HMAC key", source) }
        return PacketKeys(encryption: encryption, mode: stanza.mode, hmac: hmac, hmacType: stanza.hmacType)
    }

    private static func one(
        _ what: String, _ source: KnockOptions.KeySource
    ) throws(ClientFailure) -> Secret {
        let found: Secret?
        do throws(SystemError) {
            switch source {
            case .terminal: found = try KeyLine.ask("Enter \(what): ")
            case .descriptor(let number):
                // Borrowed: the second key comes from the same place.
                let stream = FileDescriptor(owning: number)
                let line = Result { () throws(SystemError) in try KeyLine.read(from: stream) }
                _ = stream.release()
                found = try line.get()
            }
        } catch {
            throw ClientFailure(.configuration, "no \(what): \(error); put it into the rc file, or use --fd")
        }
        guard let found else {
            throw ClientFailure(
                .configuration, "no \(what) came; give one line of 1 to \(KeyLine.limit) bytes")
        }
        return found
    }
}
