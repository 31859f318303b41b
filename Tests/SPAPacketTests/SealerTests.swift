import SPACrypto
import SPAKeys
import SPANet
import SPAPacket
import SPASecret
import SPAWire
import Testing

@Suite struct SealerLimits {
    @Test(
        "The largest text that a server takes, by HMAC, is sealed; one character more is refused",
        arguments: [
            (nil, 287, 287), (.md5, 271, 271), (.sha1, 255, 271), (.sha256, 255, 271), (.sha3_256, 255, 271),
            (.sha384, 239, 271), (.sha512, 223, 271), (.sha3_512, 223, 271),
        ] as [(DigestType?, Int, Int)])
    func largestText(_ hmac: DigestType?, _ stock: Int, _ ours: Int) throws {
        let keys = keys(hmac)
        for (limit, largest) in [(SizeLimit.stockServer, stock), (.sallyport, ours)] {
            let fits = try message(textLength: largest)
            let wire = try PacketSealer.seal(fits, keys: keys, limit: limit)
            #expect(limit == .sallyport || wire.count < 400)
            #expect(wire.count <= 475)
            #expect(try PacketOpener(keys).open(wire.span) == fits)
            let over = try message(textLength: largest + 1)
            let refusal = #expect(throws: SealError.self) {
                try PacketSealer.seal(over, keys: keys, limit: limit)
            }
            guard case .tooLong(let characters)? = refusal else {
                Issue.record("\(refusal as Any) instead of tooLong")
                continue
            }
            #expect(characters > wire.count)
        }
    }

    @Test("The longest packet of all has 475 characters")
    func longest() throws {
        let message = try message(textLength: 271)
        #expect(try PacketSealer.seal(message, keys: keys(.sha512), limit: .sallyport).count == 460)
        #expect(WireText.canBeAES(ciphertext: 475 - 86, withHMAC: true))
        #expect(!WireText.canBeAES(ciphertext: 476 - 86, withHMAC: true))
    }

    @Test("The smallest legal packet has 140 characters; a smaller one is refused")
    func smallest() throws {
        var message = SPAMessage(
            random: Array("0123456789012345".utf8), user: Array("u".utf8), timestamp: 1_767_225_600,
            request: .access(AccessRequest(address: .v4(.unspecified), services: try services("tcp/1"))))
        #expect(try PacketSealer.seal(message, keys: keys(nil), digest: .md5).count == 140)
        message.timestamp = 1
        message.version = Array("1.0".utf8)
        #expect(throws: SealError.tooShort(characters: 118)) {
            try PacketSealer.seal(message, keys: keys(nil), digest: .md5)
        }
    }

    @Test("Keys of 1 to 32 bytes are for every server, 33 to 128 for ours, others for none")
    func keyLengths() throws {
        let message = try message(textLength: 120)
        for count in 1...129 {
            let keys = PacketKeys(
                encryption: secret(String(repeating: "e", count: count)), hmac: secret("hmac key"))
            if count <= 128 {
                let wire = try PacketSealer.seal(message, keys: keys, limit: .sallyport)
                #expect(try PacketOpener(keys).open(wire.span) == message)
            } else {
                #expect(throws: SealError.keyTooLongForServer(bytes: count)) {
                    try PacketSealer.seal(message, keys: keys, limit: .sallyport)
                }
                #expect(throws: CryptoError.keyLength(count: count, allowed: 1...128)) {
                    try PacketOpener(keys)
                }
            }
            let stock = Result { () throws(SealError) in try PacketSealer.seal(message, keys: keys) }
            if count <= 32 {
                #expect(throws: Never.self) { try stock.get() }
            } else {
                #expect(throws: SealError.keyTooLongForServer(bytes: count)) { try stock.get() }
            }
        }
    }

    @Test("Empty keys and HMAC keys over 136 bytes are refused on both sides")
    func badKeys() throws {
        let message = try message(textLength: 120)
        let empty = PacketKeys(encryption: secret(""), hmac: secret("hmac key"))
        let noHMAC = PacketKeys(encryption: secret("key"), hmac: secret(""))
        let longHMAC = PacketKeys(
            encryption: secret("key"), hmac: secret(String(repeating: "h", count: 137)))
        for (keys, error) in [
            (empty, CryptoError.keyLength(count: 0, allowed: 1...128)),
            (noHMAC, .keyLength(count: 0, allowed: 1...136)),
            (longHMAC, .keyLength(count: 137, allowed: 1...136)),
        ] {
            #expect(throws: SealError.crypto(error)) { try PacketSealer.seal(message, keys: keys) }
            #expect(throws: error) { try PacketOpener(keys) }
        }
    }

    @Test("A salt must have 8 bytes, and is sent as it is given")
    func salt() throws {
        let message = try message(textLength: 120)
        for count in [0, 7, 9] {
            #expect(throws: SealError.saltLength(count)) {
                try PacketSealer.seal(
                    message, keys: keys(.sha256), salt: [UInt8](repeating: 1, count: count))
            }
        }
        let salt: [UInt8] = Array(1...8)
        let first = try PacketSealer.seal(message, keys: keys(.sha256), salt: salt)
        #expect(try PacketSealer.seal(message, keys: keys(.sha256), salt: salt) == first)
    }

    /// A command whose text, digest included, has so many characters.
    private func message(textLength: Int) throws -> SPAMessage {
        let digestAndColon = 44
        for timestamp: Int64 in [1_767_225_600, 123_456_789, 12_345_678] {
            for command in 1...180 {
                for user in 1...4 {
                    let message = SPAMessage(
                        random: Array("0123456789012345".utf8), user: [UInt8](repeating: 0x75, count: user),
                        timestamp: timestamp,
                        request: .command(
                            address: .v4(.unspecified), text: [UInt8](repeating: 0x63, count: command)))
                    if message.encodedFields.count + digestAndColon == textLength { return message }
                }
            }
        }
        throw NoSuchLength(textLength: textLength)
    }

    private struct NoSuchLength: Error { let textLength: Int }
}

@Suite struct SealerRefuses {
    private static func message(_ change: (inout SPAMessage) throws -> Void) rethrows -> SPAMessage {
        var message = SPAMessage(
            random: Array("0123456789012345".utf8), user: Array("alice".utf8), timestamp: 1_767_225_600,
            request: .access(
                AccessRequest(address: .v4(.unspecified), services: [Service("tcp/22")].compactMap(\.self))))
        try change(&message)
        return message
    }

    private static func access(_ services: [Service]) -> AccessRequest {
        AccessRequest(address: .v4(.unspecified), services: services)
    }

    static let rows: [(String, SPAMessage, SealError)] = [
        ("15 digits", message { $0.random.removeLast() }, .message(.random)),
        ("a letter in the digits", message { $0.random[3] = 0x61 }, .message(.random)),
        ("no user", message { $0.user = [] }, .message(.innerBase64)),
        ("49 bytes of user", message { $0.user = [UInt8](repeating: 0x75, count: 49) }, .message(.userName)),
        ("a slash in the user", message { $0.user = Array("a/b".utf8) }, .message(.userName)),
        ("a NUL in the user", message { $0.user = [0x61, 0] }, .message(.innerNotPrintable)),
        ("a date before 1970", message { $0.timestamp = -1 }, .message(.timestamp)),
        ("a date after 2038", message { $0.timestamp = 0x8000_0000 }, .message(.timestamp)),
        ("a version of one number", message { $0.version = Array("3".utf8) }, .message(.version)),
        ("a colon in the version", message { $0.version = Array("3.0:1".utf8) }, .message(.innerBase64)),
        ("no services", message { $0.request = .access(access([])) }, .message(.service)),
        (
            "a newline in the command",
            message { $0.request = .command(address: .v4(.unspecified), text: Array("a\nb".utf8)) },
            .message(.innerNotPrintable)
        ),
        (
            "an empty command", message { $0.request = .command(address: .v4(.unspecified), text: []) },
            .message(.command)
        ),
        (
            "a timeout on a command",
            message {
                $0.request = .command(address: .v4(.unspecified), text: [0x61])
                $0.clientTimeout = 30
            }, .notRepresentable
        ),
        ("timeout 0", message { $0.clientTimeout = 0 }, .message(.clientTimeout)),
        ("timeout 65537", message { $0.clientTimeout = 65537 }, .message(.clientTimeout)),
        ("an empty server auth", message { $0.serverAuth = [] }, .message(.innerBase64)),
        (
            "64 bytes of server auth", message { $0.serverAuth = [UInt8](repeating: 0x61, count: 64) },
            .message(.serverAuth)
        ),
        (
            "NAT to port 0",
            message {
                $0.request = .natAccess(
                    access([Service("tcp/22")].compactMap(\.self)), target: NATTarget(host: [0x61], port: 0))
            }, .message(.natPort)
        ),
        (
            "NAT to two hosts",
            message {
                $0.request = .natAccess(
                    access([Service("tcp/22")].compactMap(\.self)),
                    target: NATTarget(host: Array("a,b".utf8), port: 1))
            }, .message(.natTarget)
        ),
    ]

    @Test("What no server could read", arguments: rows)
    func unreadable(_ name: String, _ message: SPAMessage, _ error: SealError) {
        #expect(throws: error) { try PacketSealer.seal(message, keys: keys(.sha256), limit: .sallyport) }
    }

    @Test("48 bytes of user and 63 bytes of server auth are sealed")
    func longestFields() throws {
        let message = SealerRefuses.message {
            $0.user = [UInt8](repeating: 0x75, count: 48)
            $0.serverAuth = [UInt8](repeating: 0x61, count: 63)
        }
        let wire = try PacketSealer.seal(message, keys: keys(.sha256), limit: .sallyport)
        #expect(try PacketOpener(keys(.sha256)).open(wire.span) == message)
    }

    @Test("The random value of a new message is 16 digits, another each time")
    func randomValue() throws {
        let values = try (0..<50).map { _ in try SPAMessage.random16() }
        for value in values {
            let judged = FieldRules.isRandom(value.span)
            #expect(judged)
        }
        #expect(Set(values).count == 50)
    }
}

func keys(_ hmac: DigestType?) -> PacketKeys {
    PacketKeys(
        encryption: secret("encryption key"), hmac: hmac == nil ? nil : secret("HMAC key"),
        hmacType: hmac ?? .sha256)
}

func services(_ list: String...) throws -> [Service] { try list.map { try #require(Service($0)) } }
