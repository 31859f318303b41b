internal import SPABytes

/// A datagram that has passed the checks which need no key: what may be tried against the keys of the stanzas.
package struct WireText: ~Escapable {
    /// Characters on the wire: 140 to 1499. fwknopd drops shorter ones, libfko longer ones.
    package static let lengths = 140...1499
    /// What every base64 text of a `Salted__` blob starts with; it is left out on the wire.
    package static let prefix: [UInt8] = Array("U2FsdGVkX1".utf8)

    /// The text as received, without the prefix and with the HMAC.
    package let characters: Span<UInt8>

    /// Checks length, alphabet and prefix, in this order.
    @_lifetime(copy datagram)
    package init(_ datagram: Span<UInt8>) throws(PacketError) {
        guard WireText.lengths.contains(datagram.count) else { throw .outerLength }
        guard Base64.isText(datagram) else { throw .alphabet }
        guard !WireText.startsWithPrefix(datagram) else { throw .prefixPresent }
        characters = datagram
    }

    /// Whether so many characters of ciphertext, as they stand on the wire, can be AES.
    ///
    /// libfko takes 400 characters and more for GnuPG. With an HMAC it counts after the prefix was put back, without one
    /// before; so the longest AES packet of all has 475 characters on the wire.
    package static func canBeAES(ciphertext count: Int, withHMAC: Bool) -> Bool {
        withHMAC ? count + prefix.count < 400 : count < 400
    }

    private static func startsWithPrefix(_ text: Span<UInt8>) -> Bool {
        for index in prefix.indices where text[index] != prefix[index] { return false }
        return true
    }
}
