internal import SPABytes
internal import SPACrypto
internal import SPAWire

/// The digest in the text: a check of integrity under the encryption, not of origin.
enum InnerDigest {
    /// The digest field of `fields`.
    static func field(_ type: DigestType, of fields: Span<UInt8>) throws(CryptoError) -> [UInt8] {
        let digest = try MessageDigest.digest(type, of: fields)
        return Base64.encodeUnpadded(digest.span)
    }

    /// The type that makes `text`'s digest right. Two lengths are shared by two types; SHA-2 is tried first.
    static func verify(_ text: borrowing MessageText) throws(PacketError) -> DigestType {
        let (given, covered) = (text.digestField, text.digestedPart)
        for type in DigestType.allCases where type.textCount == given.count {
            guard let right = try? field(type, of: covered) else { throw .libraryFailed }
            if ConstantTime.equal(right.span, given) { return type }
        }
        throw .digestMismatch
    }
}
