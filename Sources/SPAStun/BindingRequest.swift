internal import SPABytes

/// The question "which address do you see me come from?" (RFC 8489 section 2).
package struct BindingRequest: Sendable {
    package let id: TransactionID

    package init(id: TransactionID) { self.id = id }

    /// The 20 bytes of the request; it has no attributes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: StunHeader.byteCount)
        writer.integer(StunHeader.bindingRequest)
        writer.integer(UInt16(0))
        writer.integer(StunHeader.cookie)
        writer.integer(id.high)
        writer.integer(id.low)
        return writer.bytes
    }
}

/// The constants of the 20 bytes before every message (RFC 8489 section 5).
enum StunHeader {
    static let byteCount = 20
    static let cookie: UInt32 = 0x2112_A442
    static let bindingRequest: UInt16 = 0x0001
    static let bindingSuccess: UInt16 = 0x0101
    static let bindingError: UInt16 = 0x0111
}
