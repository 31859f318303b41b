/// Why a cryptographic operation did not happen. Never carries key or message bytes.
package enum CryptoError: Error, Equatable, Sendable, CustomStringConvertible {
    /// libcrypto refused at this step, by the name of its function.
    case libraryFailed(String)
    /// A key of `count` bytes where `allowed` are possible.
    case keyLength(count: Int, allowed: ClosedRange<Int>)
    /// Data whose length does not fit the operation, for example a ciphertext of broken blocks.
    case dataLength(Int)

    package var description: String {
        switch self {
        case .libraryFailed(let step): "libcrypto failed in \(step)"
        case .keyLength(let count, let allowed):
            "key of \(count) bytes, \(allowed.lowerBound) to \(allowed.upperBound) are possible"
        case .dataLength(let count): "data of \(count) bytes does not fit the operation"
        }
    }
}
