/// A digest of the fwknop family, by its number (docs/protocol.md, section 3). Also names the HMAC types.
package enum DigestType: UInt8, Hashable, Sendable, CaseIterable {
    case md5 = 1
    case sha1, sha256, sha384, sha512
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case sha3_256
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case sha3_512

    /// The configuration word, lower case.
    package var word: String {
        switch self {
        case .md5: "md5"
        case .sha1: "sha1"
        case .sha256: "sha256"
        case .sha384: "sha384"
        case .sha512: "sha512"
        case .sha3_256: "sha3_256"
        case .sha3_512: "sha3_512"
        }
    }

    /// By configuration word in any case.
    package init?(word: String) {
        guard let match = DigestType.allCases.first(where: { $0.word == word.lowercased() }) else {
            return nil
        }
        self = match
    }

    /// Bytes of the digest.
    package var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256, .sha3_256: 32
        case .sha384: 48
        case .sha512, .sha3_512: 64
        }
    }

    /// Characters of the digest in base64 without `=`: 22, 27, 43, 64 or 86.
    package var textCount: Int { (byteCount * 4 + 2) / 3 }
}

/// How the text is encrypted: AES-256 always, with the key and IV of section 4.1 of the docs/protocol.md.
package enum EncryptionMode: UInt8, Hashable, Sendable, CaseIterable {
    case ecb = 1
    case cbc = 2
    case cfb = 3
    case ofb = 5
    case ctr = 6
    /// CBC with the key filled with `0` to 16 bytes, or cut to 16, before the derivation (section 4.2).
    case legacy = 8

    /// The configuration word as fwknop writes it.
    package var word: String {
        switch self {
        case .ecb: "ECB"
        case .cbc: "CBC"
        case .cfb: "CFB"
        case .ofb: "OFB"
        case .ctr: "CTR"
        case .legacy: "legacy"
        }
    }

    /// By configuration word in any case.
    package init?(word: String) {
        guard let match = EncryptionMode.allCases.first(where: { $0.word.lowercased() == word.lowercased() })
        else { return nil }
        self = match
    }
}
