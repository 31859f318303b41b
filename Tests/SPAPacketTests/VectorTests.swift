import SPABytes
import SPANet
import SPAPacket
import SPAWire
import Testing

@Suite struct FwknopVectors {
    @Test("The vector files are there and whole")
    func filesAreThere() {
        #expect(VectorFile.good.count >= 264)
        #expect(VectorFile.bad.count >= 310)
        #expect(VectorFile.lenient.count >= 62)
    }

    @Test("Every packet that fwknop makes opens, with all fields equal", arguments: VectorFile.good)
    func good(_ vector: Vector) throws {
        let expect = try #require(vector.expect)
        let wire = vector.wire
        let (message, digest) = try PacketOpener(vector.keys()).openKeepingDigest(try WireText(wire.span))
        #expect(text(message.random) == expect.randVal)
        #expect(text(message.user) == expect.username)
        #expect(message.timestamp == expect.timestamp)
        #expect(text(message.version) == expect.version)
        #expect(messageType(message) == expect.messageType)
        #expect(text(message.request.encodedBody) == expect.message)
        #expect(message.request.target.map { text($0.encoded) } == expect.natAccess)
        #expect(message.serverAuth.map(text) == expect.serverAuth)
        #expect(message.clientTimeout ?? 0 == expect.clientTimeout)
        #expect(digest.word == expect.digestType)
        #expect("\(text(message.encodedFields)):\(expect.digest)" == vector.plaintext)

        let replay = try ReplayDigest.of(wire.span)
        #expect(text(Base64.encodeUnpadded(replay.span)) == vector.replayDigest)
    }

    @Test("The same fields, keys and salt make the same packet as fwknop", arguments: VectorFile.good)
    func sealsAlike(_ vector: Vector) throws {
        let wire = vector.wire
        let keys = try vector.keys()
        let (message, digest) = try PacketOpener(keys).openKeepingDigest(try WireText(wire.span))
        // 24 characters are 18 bytes: the mark, the salt and the start of the first block.
        let head = WireText.prefix + wire[..<14]
        let opening = Base64.decodeUnpadded(head.span)
        let salt = try #require(opening)[8..<16]
        let made = try PacketSealer.seal(
            message, keys: keys, digest: digest, salt: Array(salt), limit: .sallyport)
        #expect(text(made) == text(wire))
    }

    @Test("Every packet that fwknop refuses is refused", arguments: VectorFile.bad)
    func bad(_ vector: Vector) throws {
        let wire = vector.wire
        if vector.name == "msg-ip-v6" {
            // The one thing that we read and fwknop does not.
            let message = try PacketOpener(vector.keys()).open(wire.span)
            guard case .access(let access) = message.request else { return }
            #expect(access.address == .v6(IPv6Address(high: 0, low: 1)))
            return
        }
        let opener: PacketOpener
        do { opener = try PacketOpener(vector.keys()) } catch {
            #expect(vector.stage == "key", "only a key that cannot be configured may fail here")
            return
        }
        let failed = #expect(throws: PacketError.self) { try opener.open(wire.span) }
        let expected = try #require(
            vector.strictCheck.flatMap { Stage.named[$0] }, "\(vector.strictCheck ?? "-")")
        #expect(
            failed.map(expected.contains) == true, "\(vector.strictCheck ?? "-") against \(failed as Any)")
    }

    @Test("What fwknop takes although it is malformed is refused", arguments: lenient("reject"))
    func malformed(_ vector: Vector) throws {
        let wire = vector.wire
        let opener = try PacketOpener(vector.keys())
        let failed = #expect(throws: PacketError.self) { try opener.open(wire.span) }
        let expected = try #require(
            vector.strictCheck.flatMap { Stage.named[$0] }, "\(vector.strictCheck ?? "-")")
        #expect(
            failed.map(expected.contains) == true, "\(vector.strictCheck ?? "-") against \(failed as Any)")
    }

    @Test("Where either answer is right: long packets and long keys open", arguments: lenient("either"))
    func either(_ vector: Vector) throws {
        let wire = vector.wire
        let opener = try PacketOpener(vector.keys())
        if vector.name == "auth-64-bytes" {
            #expect(throws: PacketError.serverAuth) { try opener.open(wire.span) }
        } else {
            #expect(vector.name.hasPrefix("long-") || vector.name.hasPrefix("enc-key-"))
            #expect(throws: Never.self) { try opener.open(wire.span) }
        }
    }

    private static func lenient(_ verdict: String) -> [Vector] {
        VectorFile.lenient.filter { $0.recommended == verdict }
    }

    private func messageType(_ message: SPAMessage) -> Int {
        let timed = message.clientTimeout != nil
        return switch message.request {
        case .command: 0
        case .access: timed ? 3 : 1
        case .natAccess: timed ? 4 : 2
        case .localNATAccess: timed ? 6 : 5
        }
    }
}

/// Which of our checks may answer for the check that the vector files name.
enum Stage {
    static let named: [String: Set<PacketError>] = [
        "outer length": [.outerLength],
        "outer alphabet": [.alphabet],
        "prefix present": [.prefixPresent],
        "HMAC": [.hmacMismatch, .ciphertextLength],
        "outer non-canonical base64": [.base64Shape],
        "salted": [.magic],
        "block size": [.blockSize],
        "padding": [.padding],
        "printable": [.notPrintable],
        "field count": [.fieldCount],
        "digest": [.digestMismatch],
        "rand": [.random],
        "username": [.userName, .innerNotPrintable],
        "number syntax": [.timestamp, .clientTimeout, .service, .natPort],
        "number range": [.timestamp, .clientTimeout, .service, .natPort],
        "version": [.version],
        "type": [.messageType],
        "inner base64": [.innerBase64],
        "non-canonical base64": [.innerBase64],
        "inner length": [.ciphertextLength],
        "NUL": [.innerNotPrintable],
        "message ip": [.address],
        "proto": [.service],
        "command": [.command, .innerNotPrintable],
        "nat": [.natTarget],
        "nat host": [.natHost, .innerNotPrintable],
        "nat missing": [.fieldMissing],
        "timeout missing": [.fieldMissing],
        "extra fields": [.fieldSurplus],
        "server auth": [.serverAuth, .innerNotPrintable],
    ]
}

/// Bytes as text, for comparison in messages that can be read.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
