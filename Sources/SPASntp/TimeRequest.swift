internal import SPABytes

/// The question "what time is it?" (RFC 4330 section 5).
package struct TimeRequest: Hashable, Sendable {
    /// What the answer must repeat. It stands where our time would, which is nobody's business.
    package let nonce: UInt64

    /// - Parameter nonce: Securely random: whoever can guess it can answer in the server's place.
    package init(nonce: UInt64) { self.nonce = nonce }

    /// The 48 bytes of the request: version 4, mode 3 (client), and zeros up to the time of sending.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: TimeHeader.byteCount)
        writer.integer(UInt8(0x23))
        writer.append([UInt8](repeating: 0, count: TimeHeader.byteCount - 9))
        writer.integer(nonce)
        return writer.bytes
    }
}

/// The layout of every message (RFC 4330 section 4).
enum TimeHeader {
    static let byteCount = 48
    /// Seconds from the start of 1900, where the timestamps begin, to that of 1970.
    static let secondsTo1970: Int64 = 2_208_988_800
}
