// Unsafe rim: owns one EVP_MAC_CTX.
internal import CLibcrypto
package import SPASecret
package import SPAWire

/// HMAC (RFC 2104) under one key. The key is hashed into the context once; each message then costs its own blocks only.
///
/// Not for use by several threads at once. libcrypto wipes the key state when the context is freed.
@safe package final class HMACContext {
    /// Bytes of key that the fwknop family takes: 1 to 136.
    package static let keyLengths = 1...136

    /// The digest inside.
    package let type: DigestType
    private let context: OpaquePointer

    /// A context for `key`, whose length must be in ``keyLengths``.
    package init(_ type: DigestType, key: Secret) throws(CryptoError) {
        guard HMACContext.keyLengths.contains(key.count) else {
            throw .keyLength(count: key.count, allowed: HMACContext.keyLengths)
        }
        self.type = type
        // SAFETY: the context keeps its own reference to the method, so the method may go at once.
        let method = unsafe EVP_MAC_fetch(nil, "HMAC", nil)
        let made = unsafe EVP_MAC_CTX_new(method)
        unsafe EVP_MAC_free(method)
        guard let made = unsafe made else { throw .libraryFailed("EVP_MAC_CTX_new") }
        unsafe context = made

        // SAFETY: a parameter keeps the pointers to its own name and to its text, and OpenSSL 3.0 reads both as C strings; both
        // live, and end in NUL, until EVP_MAC_init has copied what it keeps.
        let text = Array(type.providerName.utf8CString)
        let keyBytes = key.bytes
        let started = unsafe OSSL_MAC_PARAM_DIGEST.withCString { name in
            unsafe text.withUnsafeBufferPointer { value in
                unsafe keyBytes.withUnsafeBufferPointer { bytes in
                    let digest = unsafe OSSL_PARAM_construct_utf8_string(
                        name, UnsafeMutablePointer(mutating: value.baseAddress), value.count - 1)
                    let parameters = unsafe [digest, OSSL_PARAM_construct_end()]
                    return unsafe EVP_MAC_init(made, bytes.baseAddress, bytes.count, parameters)
                }
            }
        }
        guard started == 1 else { throw .libraryFailed("EVP_MAC_init \(type.word)") }
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    /// Writes the code of `head` followed by `body` to the start of `code`, which must have room for
    /// ``SPAWire/DigestType/byteCount`` bytes.
    package func authenticate(
        _ head: Span<UInt8>, _ body: Span<UInt8>, into code: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        guard code.count >= type.byteCount else { throw .dataLength(code.count) }
        // SAFETY: no key means "the same key again" (EVP_MAC(3)); every pointer is valid for its count.
        guard unsafe EVP_MAC_init(context, nil, 0, nil) == 1 else { throw .libraryFailed("EVP_MAC_init") }
        guard update(head), update(body) else { throw .libraryFailed("EVP_MAC_update") }
        var written = 0
        let done = unsafe code.withUnsafeMutableBufferPointer { output in
            unsafe EVP_MAC_final(context, output.baseAddress, &written, output.count)
        }
        guard done == 1, written == type.byteCount else { throw .libraryFailed("EVP_MAC_final") }
    }

    private func update(_ bytes: Span<UInt8>) -> Bool {
        // SAFETY: the pointer is valid for the count; nil comes with count 0 only.
        unsafe bytes.withUnsafeBufferPointer { unsafe EVP_MAC_update(context, $0.baseAddress, $0.count) == 1 }
    }
}
