/// The 96 bits by which an answer is known as the answer to a request (RFC 8489 section 5).
package struct TransactionID: Hashable, Sendable {
    /// The first eight and the last four bytes, most significant first.
    let high: UInt64, low: UInt32

    package init(high: UInt64, low: UInt32) { (self.high, self.low) = (high, low) }

    /// A fresh one. An observer who could guess it could answer in the server's place, so `generator` must be secure.
    package init(using generator: inout some RandomNumberGenerator) {
        self.init(high: generator.next(), low: generator.next())
    }
}
