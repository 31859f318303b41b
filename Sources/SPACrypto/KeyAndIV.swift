// Unsafe rim: key derivation.
internal import CLibcrypto
package import SPASecret
package import SPAWire

/// The AES-256 key and the initial vector of one packet, derived from the configured key and the packet's salt.
///
/// `EVP_BytesToKey` with MD5 and one iteration (EVP_BytesToKey(3)): D1 = MD5(K salt), D2 = MD5(D1 K salt),
/// D3 = MD5(D2 K salt); the key is D1 D2, the vector D3. Weak for passphrases, and what the protocol demands.
package struct KeyAndIV {
    /// Bytes of configured key that can be used: 1 to 128. Stock fwknop takes 32 at most.
    package static let passwordLengths = 1...128
    /// Bytes of salt: 8.
    package static let saltLength = 8
    static let keyLength = 32
    static let vectorLength = 16

    // The key, then the vector.
    let material: Secret

    /// Derives from the whole of `password`; in legacy mode from its first 16 bytes, filled up with the digit `0`.
    package init(password: Secret, salt: Span<UInt8>, mode: EncryptionMode) throws(CryptoError) {
        guard KeyAndIV.passwordLengths.contains(password.count) else {
            throw .keyLength(count: password.count, allowed: KeyAndIV.passwordLengths)
        }
        guard salt.count == KeyAndIV.saltLength else { throw .dataLength(salt.count) }
        let used = mode == .legacy ? KeyAndIV.legacyPassword(password) : password
        material = try Secret(count: KeyAndIV.keyLength + KeyAndIV.vectorLength) {
            (output: inout MutableSpan<UInt8>) throws(CryptoError) in
            let passwordBytes = used.bytes
            // SAFETY: `output` has room for the 32 + 16 bytes that this cipher asks for; EVP_BytesToKey reads 8 of salt.
            let count = unsafe output.withUnsafeMutableBufferPointer { out in
                unsafe salt.withUnsafeBufferPointer { salt in
                    unsafe passwordBytes.withUnsafeBufferPointer { password in
                        unsafe EVP_BytesToKey(
                            EVP_aes_256_cbc(), EVP_md5(), salt.baseAddress, password.baseAddress,
                            Int32(password.count), 1, out.baseAddress,
                            out.baseAddress.map { unsafe $0 + KeyAndIV.keyLength })
                    }
                }
            }
            guard count == KeyAndIV.keyLength else { throw .libraryFailed("EVP_BytesToKey") }
        }
    }

    /// The derived key, borrowed.
    package var key: Span<UInt8> {
        @_lifetime(borrow self)
        get { material.bytes.extracting(first: KeyAndIV.keyLength) }
    }

    /// The derived initial vector, borrowed.
    package var vector: Span<UInt8> {
        @_lifetime(borrow self)
        get { material.bytes.extracting(last: KeyAndIV.vectorLength) }
    }

    private static func legacyPassword(_ password: Secret) -> Secret {
        Secret(count: 16) { (bytes: inout MutableSpan<UInt8>) in
            let given = password.bytes
            for index in bytes.indices {
                bytes[index] = index < given.count ? given[index] : UInt8(ascii: "0")
            }
        }
    }
}
