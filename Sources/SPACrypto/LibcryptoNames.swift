// Unsafe rim: libcrypto's objects for our algorithm types. They are constants of the library and are never freed.
internal import CLibcrypto
internal import SPAWire

extension DigestType {
    /// libcrypto's method for this digest (EVP_DigestInit(3)).
    var method: OpaquePointer? {
        switch self {
        case .md5: unsafe EVP_md5()
        case .sha1: unsafe EVP_sha1()
        case .sha256: unsafe EVP_sha256()
        case .sha384: unsafe EVP_sha384()
        case .sha512: unsafe EVP_sha512()
        case .sha3_256: unsafe EVP_sha3_256()
        case .sha3_512: unsafe EVP_sha3_512()
        }
    }

    /// The name by which a provider knows it (EVP_MD-SHA2(7) and its neighbours).
    var providerName: String {
        switch self {
        case .md5: "MD5"
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha384: "SHA384"
        case .sha512: "SHA512"
        case .sha3_256: "SHA3-256"
        case .sha3_512: "SHA3-512"
        }
    }
}

extension EncryptionMode {
    /// libcrypto's method for AES-256 in this mode (EVP_aes_256_cbc(3)).
    var method: OpaquePointer? {
        switch self {
        case .ecb: unsafe EVP_aes_256_ecb()
        case .cbc, .legacy: unsafe EVP_aes_256_cbc()
        case .cfb: unsafe EVP_aes_256_cfb128()
        case .ofb: unsafe EVP_aes_256_ofb()
        case .ctr: unsafe EVP_aes_256_ctr()
        }
    }
}
