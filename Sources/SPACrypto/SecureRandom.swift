// Unsafe rim: libcrypto's random generator, which the kernel seeds.
internal import CLibcrypto

/// Random bytes fit for keys, salts and digits that must not be guessed (RAND_bytes(3)).
package enum SecureRandom {
    /// Overwrites `bytes` with random ones. On an error the content is undefined and must not be used.
    package static func fill(_ bytes: inout MutableSpan<UInt8>) throws(CryptoError) {
        guard bytes.count > 0 else { return }
        guard let count = Int32(exactly: bytes.count) else { throw .dataLength(bytes.count) }
        // SAFETY: the pointer and the count describe the borrowed storage for the length of the call.
        let filled = unsafe bytes.withUnsafeMutableBufferPointer { unsafe RAND_bytes($0.baseAddress, count) }
        guard filled == 1 else { throw .libraryFailed("RAND_bytes") }
    }

    /// `count` random bytes; a negative count gives none.
    package static func bytes(_ count: Int) throws(CryptoError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(count, 0))
        var span = bytes.mutableSpan
        try fill(&span)
        return bytes
    }

    /// `count` random decimal digits as ASCII, each digit equally likely.
    package static func digits(_ count: Int) throws(CryptoError) -> [UInt8] {
        var digits: [UInt8] = []
        while digits.count < count {
            // Of 256 values the last six would favour 0 to 5, so they are thrown away.
            for byte in try bytes(count - digits.count) where byte < 250 {
                digits.append(UInt8(ascii: "0") + byte % 10)
            }
        }
        return digits
    }
}
