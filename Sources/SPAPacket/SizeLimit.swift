internal import SPAWire

/// What the server at the other end can take.
package enum SizeLimit: Hashable, Sendable {
    /// fwknopd, which counts the HMAC when it tells AES from GnuPG by length: up to 399 characters on the wire. Keys up
    /// to 32 bytes.
    case stockServer
    /// Our server, which counts the ciphertext alone: up to 475 characters on the wire. Keys up to 128 bytes.
    case sallyport

    /// Longest usable encryption key in bytes.
    var longestKey: Int {
        switch self {
        case .stockServer: 32
        case .sallyport: 128
        }
    }

    /// Whether the server takes a packet with so many characters, of which `code` are the HMAC.
    func allows(wire: Int, code: Int) -> Bool {
        guard WireText.canBeAES(ciphertext: wire - code, withHMAC: code > 0) else { return false }
        return switch self {
        case .stockServer: wire < 400
        case .sallyport: true
        }
    }
}
