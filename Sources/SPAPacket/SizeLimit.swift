internal import SPAWire

/// What the server at the other end can take.
package enum SizeLimit: Hashable, Sendable {
    /// fwknopd and libfko, which tell AES from GnuPG by length: 400 characters and more are GnuPG to them. The test is made
    /// on the wire text, and with an HMAC again on the ciphertext with its prefix. Keys up to 32 bytes.
    case stockServer
    /// Our server, which goes by its configuration: up to 475 characters on the wire, keys up to 128 bytes.
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
        switch self {
        case .stockServer: wire < 400 && (code == 0 || wire - code + WireText.prefix.count < 400)
        case .sallyport: wire <= 475
        }
    }
}
