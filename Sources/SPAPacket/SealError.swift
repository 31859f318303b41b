package import SPACrypto
package import SPAWire

/// Why no packet was made.
package enum SealError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No server could read the message; the check it would fail there.
    case message(PacketError)
    /// The message has a part that the packet cannot carry, such as a timeout on a command.
    case notRepresentable
    /// The packet would have `characters` on the wire, more than this kind of server takes.
    case tooLong(characters: Int)
    /// The packet would have `characters` on the wire, fewer than any server looks at.
    case tooShort(characters: Int)
    /// The server takes encryption keys of up to 32 bytes only.
    case keyTooLongForServer(bytes: Int)
    /// The salt that was given does not have 8 bytes.
    case saltLength(Int)
    /// A key that cannot work, or libcrypto failed.
    case crypto(CryptoError)

    package var description: String {
        switch self {
        case .message(let check): "no server would take the message: \(check)"
        case .notRepresentable: "the packet cannot carry all of the message"
        case .tooLong(let characters): "the packet of \(characters) characters is too long for the server"
        case .tooShort(let characters): "the packet of \(characters) characters is too short for any server"
        case .keyTooLongForServer(let bytes): "key of \(bytes) bytes, this server takes at most 32"
        case .saltLength(let bytes): "salt of \(bytes) bytes instead of 8"
        case .crypto(let error): error.description
        }
    }
}
