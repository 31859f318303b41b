internal import SPABytes
internal import SPACrypto
package import SPAKeys
package import SPAWire

/// The fields of a packet in the layout of `fwknop -v`, which scripts read. Keys are not among them.
package enum PacketDump {
    /// `wire` is the packet that carries `message`.
    package static func text(
        _ message: SPAMessage, wire: [UInt8], digest: DigestType, keys: PacketKeys
    ) -> String {
        let fields = message.encodedFields
        let inner = (try? MessageDigest.digest(digest, of: fields.span)).map {
            Base64.encodeUnpadded($0.span)
        }
        let code = keys.hmac == nil ? nil : Array(wire.suffix(keys.hmacType.textCount))
        let (number, name) = type(message)
        let lines: [(String, String)] = [
            ("Random Value", string(message.random)),
            ("Username", string(message.user)),
            ("Timestamp", String(message.timestamp)),
            ("FKO Version", string(message.version)),
            ("Message Type", "\(number) (\(name))"),
            ("Message String", body(message)),
            ("Nat Access", message.request.target.map { string($0.encoded) } ?? absent),
            ("Server Auth", message.serverAuth.map(string) ?? absent),
            ("Client Timeout", String(message.clientTimeout ?? 0)),
            ("Digest Type", "\(digest.rawValue) (\(digest.word.uppercased()))"),
            (
                "HMAC Type",
                code == nil ? absent : "\(keys.hmacType.rawValue) (\(keys.hmacType.word.uppercased()))"
            ),
            ("Encryption Type", "1 (Rijndael)"),
            ("Encryption Mode", "\(keys.mode.rawValue) (\(keys.mode.word))"),
            ("Encoded Data", string(fields)),
            ("SPA Data Digest", inner.map(string) ?? absent),
            ("HMAC", code.map(string) ?? absent),
            ("Final SPA Data", string(wire)),
        ]
        return lines.reduce("SPA Field Values:\n=================\n") { text, line in
            text + String(repeating: " ", count: max(15 - line.0.count, 0)) + "\(line.0): \(line.1)\n"
        } + "\n"
    }

    private static let absent = "<NULL>"

    private static func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func body(_ message: SPAMessage) -> String { string(message.request.encodedBody) }

    /// fwknop's number and name of the type (protocol section 2.1).
    private static func type(_ message: SPAMessage) -> (Int, String) {
        let timed = message.clientTimeout != nil
        return switch message.request {
        case .command: (0, "Command msg")
        case .access: timed ? (3, "Client timeout access msg") : (1, "Access msg")
        case .natAccess: timed ? (4, "Client timeout NAT access msg") : (2, "NAT access msg")
        case .localNATAccess:
            timed ? (6, "Client timeout local NAT access msg") : (5, "Local NAT access msg")
        }
    }
}
