package import SPASecret
package import SPAWire

/// The key material of one stanza: what it takes to seal or open its packets.
package struct PacketKeys: Sendable {
    /// Raw bytes of KEY or KEY_BASE64, 1 to 128. Stock fwknop cannot use more than 32.
    package let encryption: Secret
    package let mode: EncryptionMode
    /// Raw bytes of HMAC_KEY or HMAC_KEY_BASE64, 1 to 136; nil where no HMAC is used.
    package let hmac: Secret?
    package let hmacType: DigestType

    package init(
        encryption: Secret, mode: EncryptionMode = .cbc, hmac: Secret?, hmacType: DigestType = .sha256
    ) {
        self.encryption = encryption
        self.mode = mode
        self.hmac = hmac
        self.hmacType = hmacType
    }
    /// Wipes both, for every holder: nothing can be sealed or opened with them any more.
    package func erase() {
        encryption.erase()
        hmac?.erase()
    }
}
