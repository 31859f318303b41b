package import SPACrypto
internal import SPAWire

/// The name under which a packet is remembered once it was accepted.
package enum ReplayDigest {
    /// SHA-256 of the wire text as received, 32 bytes: what fwknopd keeps, in base64, in its replay cache.
    package static func of(_ wire: Span<UInt8>) throws(CryptoError) -> [UInt8] {
        try MessageDigest.digest(.sha256, of: wire)
    }
}
