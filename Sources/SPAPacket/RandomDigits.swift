package import SPACrypto
package import SPAWire

extension SPAMessage {
    /// The random value of a new message: 16 decimal digits, each equally likely.
    package static func random16() throws(CryptoError) -> [UInt8] { try SecureRandom.digits(16) }
}
