internal import SPABytes
internal import SPACrypto
package import SPASecret
package import SPAWire

/// Makes new keys.
package enum KeyGenerator {
    /// Bytes of an encryption key: what AES-256 takes.
    package static let keyLength = 32

    /// Bytes of an HMAC key of this type, as fwknop chooses them; a hash block for SHA-3, where it cannot.
    package static func hmacKeyLength(_ type: DigestType) -> Int {
        switch type {
        case .md5: 16
        case .sha1: 20
        case .sha256, .sha3_256: 64
        case .sha384, .sha512: 128
        case .sha3_512: 72
        }
    }

    /// The two lines of `--key-gen`: `KEY_BASE64: …` and `HMAC_KEY_BASE64: …`.
    package static func lines(keyLength: Int, hmacKeyLength: Int) throws(ClientFailure) -> Secret {
        var text: [UInt8] = []
        // Enough for both, so that no shorter copy is left behind unwiped.
        text.reserveCapacity(64 + (keyLength + hmacKeyLength + 4) * 4 / 3)
        for (name, length) in [("KEY_BASE64: ", keyLength), ("HMAC_KEY_BASE64: ", hmacKeyLength)] {
            var key: [UInt8]
            do { key = try SecureRandom.bytes(length) } catch {
                throw ClientFailure(.other, "no random numbers: \(error); look at the OpenSSL configuration")
            }
            var encoded = Base64.encodePadded(key.span)
            text.append(contentsOf: name.utf8)
            text.append(contentsOf: encoded)
            text.append(UInt8(ascii: "\n"))
            Secret.wipe(&key)
            Secret.wipe(&encoded)
        }
        return Secret(taking: &text)
    }
}
