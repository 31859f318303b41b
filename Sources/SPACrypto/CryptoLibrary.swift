// Unsafe rim: the start of libcrypto.
internal import CLibcrypto
internal import SPASecret
internal import SPAWire

/// libcrypto itself.
package enum CryptoLibrary {
    /// Starts libcrypto without its configuration file and touches every algorithm once.
    ///
    /// Call it before privileges are given up: openssl.cnf can load providers into the process, so it is not read
    /// (OPENSSL_init_crypto(3)), and after this nothing opens a file or fetches an algorithm for the first time.
    /// - Throws: `CryptoError.libraryFailed` naming the algorithm that is missing.
    package static func prepare() throws(CryptoError) {
        guard OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil) == 1 else {
            throw .libraryFailed("OPENSSL_init_crypto")
        }
        var sample = try SecureRandom.bytes(48)
        let key = Secret(taking: &sample)
        let block = [UInt8](repeating: 0, count: 16)
        for type in DigestType.allCases {
            _ = try MessageDigest.digest(type, of: block.span)
            _ = try HMACContext(type, key: key)
        }
        let derived = try KeyAndIV(password: key, salt: block.span.extracting(first: 8), mode: .cbc)
        for mode in EncryptionMode.allCases {
            _ = try AES256.encrypt(block.span, with: derived, mode: mode)
        }
    }
}
