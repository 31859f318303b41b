/// Why a datagram is no answer to our request.
package enum StunError: Error, Hashable, Sendable {
    /// Not a STUN message of a consistent length, or one with a wrong fingerprint.
    case malformed
    /// An answer to somebody else's request, or no answer at all.
    case notOurs
    /// The server refuses, with this code (300 to 699; 0 where it gave none).
    case refused(code: Int)
    /// An attribute that we would have to understand, and do not.
    case unknownAttribute(UInt16)
    /// A success without an address.
    case noAddress
}
