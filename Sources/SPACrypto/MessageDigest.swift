// Unsafe rim: one-shot digests.
internal import CLibcrypto
package import SPAWire

/// Unkeyed digests (EVP_Digest(3)).
package enum MessageDigest {
    /// The digest of `bytes`, ``SPAWire/DigestType/byteCount`` bytes long.
    package static func digest(_ type: DigestType, of bytes: Span<UInt8>) throws(CryptoError) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: type.byteCount)
        // SAFETY: libcrypto writes exactly `byteCount` bytes for this method; both buffers outlive the call.
        let done = unsafe result.withUnsafeMutableBufferPointer { output in
            unsafe bytes.withUnsafeBufferPointer { input in
                unsafe EVP_Digest(input.baseAddress, input.count, output.baseAddress, nil, type.method, nil)
            }
        }
        guard done == 1 else { throw .libraryFailed("EVP_Digest \(type.word)") }
        return result
    }
}
