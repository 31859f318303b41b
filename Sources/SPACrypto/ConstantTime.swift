// Unsafe rim: comparison that does not tell where the difference is.
internal import CLibcrypto

/// Comparison of values that an attacker may probe (CRYPTO_memcmp(3)).
package enum ConstantTime {
    /// Whether both spans hold the same bytes, in a time that depends on the lengths alone.
    package static func equal(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        guard a.count > 0 else { return true }
        // SAFETY: both pointers are valid for `a.count` bytes, which is the count of either.
        return unsafe a.withUnsafeBufferPointer { left in
            unsafe b.withUnsafeBufferPointer { right in
                unsafe CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
            }
        }
    }
}
