/// The check that a packet failed: one case per check, in the order in which they are made.
///
/// The number travels in log records; the words hold nothing from the packet and nothing secret.
package enum PacketError: UInt8, Error, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    // Of the datagram, before any key.
    /// Shorter than 140 or longer than 1499 bytes.
    case outerLength = 1
    /// A byte outside `A-Za-z0-9+/`.
    case alphabet
    /// The constant prefix was left on, which would be a second spelling of the packet.
    case prefixPresent

    // Of the envelope, per key.
    /// 400 characters or more of ciphertext, where libfko sees a GnuPG packet.
    case ciphertextLength
    /// No HMAC of this key, or none at all.
    case hmacMismatch
    /// A base64 length of 1 modulo 4, or unused bits that are not zero.
    case base64Shape
    /// The ciphertext does not start with `Salted__`.
    case magic
    /// The ciphertext is not a salt and whole cipher blocks.
    case blockSize
    /// The decrypted text does not end in exact PKCS#7 padding: most often a wrong key.
    case padding

    // Of the text.
    /// Shorter than 36 or longer than 1499 bytes.
    case textLength
    /// A byte outside 0x20 to 0x7E.
    case notPrintable
    /// Fewer than 7 or more than 10 fields.
    case fieldCount
    /// No digest of a known length, or not the digest of the fields.
    case digestMismatch

    // Of the fields.
    /// Not exactly 16 digits.
    case random
    /// A base64 field that is empty or not in canonical form.
    case innerBase64
    /// A byte outside 0x20 to 0x7E inside a base64 field.
    case innerNotPrintable
    /// Over 48 bytes, or a forbidden character.
    case userName
    /// Not a canonical number up to 2^31 - 1.
    case timestamp
    /// Not two or three numbers of one or two digits with dots between.
    case version
    /// Not one digit 0 to 6.
    case messageType
    /// Over 192 bytes.
    case messageLength
    /// Not a canonical dotted quad followed by a comma.
    case address
    /// Not `tcp` or `udp`, a slash and a port 1 to 65535 in canonical form.
    case service
    /// No command after the address.
    case command
    /// An optional field that this message type demands is not there.
    case fieldMissing
    /// More optional fields than this message type has.
    case fieldSurplus
    /// Not a host, one comma and a port.
    case natTarget
    /// Neither a canonical IPv4 address nor a host name.
    case natHost
    /// Not a port 1 to 65535 in canonical form.
    case natPort
    /// Over 63 bytes.
    case serverAuth
    /// Not a canonical number 1 to 65536.
    case clientTimeout

    // Not the packet's fault.
    /// libcrypto failed.
    case libraryFailed

    package var description: String {
        switch self {
        case .outerLength: "length outside 140 to 1499"
        case .alphabet: "byte that is not base64"
        case .prefixPresent: "constant prefix left on"
        case .ciphertextLength: "ciphertext of 400 characters or more"
        case .hmacMismatch: "HMAC does not match"
        case .base64Shape: "ciphertext is not canonical base64"
        case .magic: "ciphertext without salt mark"
        case .blockSize: "ciphertext of broken blocks"
        case .padding: "bad padding"
        case .textLength: "text length outside 36 to 1499"
        case .notPrintable: "unprintable byte in the text"
        case .fieldCount: "field count outside 7 to 10"
        case .digestMismatch: "digest does not match"
        case .random: "bad random value"
        case .innerBase64: "field is not canonical base64"
        case .innerNotPrintable: "unprintable byte in a field"
        case .userName: "bad user name"
        case .timestamp: "bad timestamp"
        case .version: "bad version"
        case .messageType: "bad message type"
        case .messageLength: "message too long"
        case .address: "bad address in the message"
        case .service: "bad protocol or port in the message"
        case .command: "empty command"
        case .fieldMissing: "missing field"
        case .fieldSurplus: "surplus field"
        case .natTarget: "bad NAT target"
        case .natHost: "bad NAT host"
        case .natPort: "bad NAT port"
        case .serverAuth: "bad server auth text"
        case .clientTimeout: "bad client timeout"
        case .libraryFailed: "libcrypto failed"
        }
    }
}
