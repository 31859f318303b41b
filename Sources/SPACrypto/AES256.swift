// Unsafe rim: AES over whole blocks; padding is the caller's.
internal import CLibcrypto
package import SPASecret
package import SPAWire

/// AES-256 over whole 16-byte blocks, without padding of its own (EVP_EncryptInit(3)).
package enum AES256 {
    /// Bytes of a block: 16.
    package static let blockLength = 16

    /// The ciphertext of `blocks`, of the same length.
    package static func encrypt(
        _ blocks: Span<UInt8>, with keys: KeyAndIV, mode: EncryptionMode
    ) throws(CryptoError) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: blocks.count)
        var output = result.mutableSpan
        try run(blocks, with: keys, mode: mode, encrypting: true, into: &output)
        return result
    }

    /// The text of `blocks`, of the same length, in memory that is wiped when it is let go.
    package static func decrypt(
        _ blocks: Span<UInt8>, with keys: KeyAndIV, mode: EncryptionMode
    ) throws(CryptoError) -> Secret {
        try Secret(count: blocks.count) { (output: inout MutableSpan<UInt8>) throws(CryptoError) in
            try run(blocks, with: keys, mode: mode, encrypting: false, into: &output)
        }
    }

    private static func run(
        _ input: Span<UInt8>, with keys: KeyAndIV, mode: EncryptionMode, encrypting: Bool,
        into output: inout MutableSpan<UInt8>
    ) throws(CryptoError) {
        guard input.count % blockLength == 0, output.count == input.count,
            let count = Int32(exactly: input.count)
        else { throw .dataLength(input.count) }
        guard count > 0 else { return }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .libraryFailed("EVP_CIPHER_CTX_new") }
        // SAFETY: freed once on every way out; freeing also wipes the key schedule.
        defer { unsafe EVP_CIPHER_CTX_free(context) }

        let (key, vector) = (keys.key, keys.vector)
        // SAFETY: key and vector have the 32 and 16 bytes that every mode of AES-256 reads at most.
        let started = unsafe key.withUnsafeBufferPointer { key in
            unsafe vector.withUnsafeBufferPointer { vector in
                unsafe EVP_CipherInit_ex(
                    context, mode.method, nil, key.baseAddress, vector.baseAddress, encrypting ? 1 : 0)
            }
        }
        guard started == 1, unsafe EVP_CIPHER_CTX_set_padding(context, 0) == 1 else {
            throw .libraryFailed("EVP_CipherInit_ex \(mode.word)")
        }
        var written: Int32 = 0
        // SAFETY: without padding an update over whole blocks writes as many bytes as it reads, and `output` has them.
        let done = unsafe output.withUnsafeMutableBufferPointer { out in
            unsafe input.withUnsafeBufferPointer { input in
                unsafe EVP_CipherUpdate(context, out.baseAddress, &written, input.baseAddress, count)
            }
        }
        guard done == 1, written == count else { throw .libraryFailed("EVP_CipherUpdate \(mode.word)") }
    }
}
