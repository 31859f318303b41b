/// The 96 bits by which an answer is known as the answer to a request (RFC 8489 section 5).
package struct TransactionID: Hashable, Sendable {
    /// The first eight and the last four bytes, most significant first.
    let high: UInt64, low: UInt32

    /// Both parts must be securely random: whoever can guess them can answer in the server's place.
    package init(high: UInt64, low: UInt32) { (self.high, self.low) = (high, low) }
}
