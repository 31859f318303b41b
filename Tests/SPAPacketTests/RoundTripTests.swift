import SPACrypto
import SPAKeys
import SPANet
import SPAPacket
import SPASecret
import SPAWire
import Testing

@Suite struct RoundTrip {
    @Test("What is sealed opens as the same message, in every mode with every digest and HMAC")
    func identity() throws {
        var rows = Rows(state: 1)
        var sealed = 0
        for mode in EncryptionMode.allCases {
            for hmac in [nil] + DigestType.allCases.map(Optional.some) {
                for digest in DigestType.allCases {
                    for _ in 0..<10 {
                        let (message, keys) = (rows.message(), rows.keys(mode, hmac))
                        let made = Result { () throws(SealError) in
                            try PacketSealer.seal(message, keys: keys, digest: digest, limit: .sallyport)
                        }
                        if case .failure(.tooLong) = made { continue }
                        let wire = try made.get()
                        sealed += 1
                        let text = try WireText(wire.span)
                        let opened = try PacketOpener(keys).openKeepingDigest(text)
                        #expect(opened.message == message)
                        #expect(opened.digest == digest)
                    }
                }
            }
        }
        #expect(sealed > 3000)
    }

    @Test("One opener opens many packets, with refusals between")
    func reuse() throws {
        var rows = Rows(state: 2)
        let (keys, others) = (rows.keys(.cbc, .sha256), rows.keys(.cbc, .sha256))
        let opener = try PacketOpener(keys)
        for _ in 0..<50 {
            var message = rows.message()
            message.request = .access(
                .init(address: .v4(.unspecified), services: [.init("tcp/22")].compactMap(\.self)))
            let foreign = try PacketSealer.seal(message, keys: others, limit: .sallyport)
            #expect(throws: PacketError.hmacMismatch) { try opener.open(foreign.span) }
            let own = try PacketSealer.seal(message, keys: keys, limit: .sallyport)
            #expect(try opener.open(own.span) == message)
        }
    }

    @Test("Two packets of the same message differ")
    func fresh() throws {
        var rows = Rows(state: 3)
        let (message, keys) = (rows.message(), rows.keys(.cbc, .sha256))
        let packets = try (0..<20).map { _ in try PacketSealer.seal(message, keys: keys, limit: .sallyport) }
        #expect(Set(packets).count == 20)
    }
}

@Suite struct OneSpelling {
    private static let letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// With an HMAC the code refuses; without one the canonical base64, the padding and the digest inside have to.
    static let envelopes: [(EncryptionMode, DigestType?)] =
        EncryptionMode.allCases.flatMap { mode in
            [nil, .md5, .sha1, .sha256, .sha384, .sha512, .sha3_256, .sha3_512].map { (mode, $0) }
        }

    private func packet(_ mode: EncryptionMode, _ hmac: DigestType?) throws -> (PacketOpener, [UInt8]) {
        var rows = Rows(state: UInt64(mode.rawValue) * 100 + UInt64(hmac?.rawValue ?? 0))
        let keys = rows.keys(mode, hmac)
        while true {
            let message = rows.message()
            guard let wire = try? PacketSealer.seal(message, keys: keys, limit: .sallyport) else { continue }
            return (try PacketOpener(keys), wire)
        }
    }

    @Test("A packet with one character changed is refused", arguments: envelopes)
    func changed(_ mode: EncryptionMode, _ hmac: DigestType?) throws {
        let (opener, wire) = try packet(mode, hmac)
        #expect(throws: Never.self) { try opener.open(wire.span) }
        for index in wire.indices {
            // Every other letter at both ends of ciphertext and code, where unused bits may hide; three elsewhere.
            let code = hmac?.textCount ?? 0
            let isEdge = [0, wire.count - code - 1, wire.count - 1].contains(index)
            for step in isEdge ? Array(1...63) : [1, 32, 63] {
                let position = try #require(OneSpelling.letters.firstIndex(of: wire[index]))
                var other = wire
                other[index] = OneSpelling.letters[(position + step) % 64]
                #expect(throws: PacketError.self) { try opener.open(other.span) }
            }
        }
    }

    @Test("A packet with one character less or more is refused", arguments: envelopes)
    func shortened(_ mode: EncryptionMode, _ hmac: DigestType?) throws {
        let (opener, wire) = try packet(mode, hmac)
        for index in wire.indices {
            var shorter = wire
            shorter.remove(at: index)
            #expect(throws: PacketError.self) { try opener.open(shorter.span) }
        }
        for index in 0...wire.count {
            for letter in [UInt8(ascii: "A"), UInt8(ascii: "/"), UInt8(ascii: "=")] {
                var longer = wire
                longer.insert(letter, at: index)
                #expect(throws: PacketError.self) { try opener.open(longer.span) }
            }
        }
    }

    @Test("Random bytes and random letters never open and never stop the process")
    func garbage() throws {
        var rows = Rows(state: 7)
        let openers = try [nil, .sha256, .sha512].map { try PacketOpener(rows.keys(.ctr, $0)) }
        for _ in 0..<3000 {
            let length = Int.random(in: 0...600, using: &rows)
            let rubbish = Bool.random(using: &rows)
            let wire =
                rubbish
                ? rows.bytes(length)
                : rows.text(
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", length...length)
            for opener in openers { #expect(throws: PacketError.self) { try opener.open(wire.span) } }
        }
    }

    @Test("Random texts never stop the parser")
    func garbageTexts() throws {
        var rows = Rows(state: 8)
        var read = 0
        for _ in 0..<20_000 {
            var text = rows.message().encodedFields + [UInt8(ascii: ":")]
            for _ in 0..<Int.random(in: 0...4, using: &rows) {
                let index = Int.random(in: text.indices, using: &rows)
                switch Int.random(in: 0..<3, using: &rows) {
                case 0: text[index] = rows.text(":=0129AZaz+/.,-", 1...1)[0]
                case 1: text.remove(at: index)
                default: text.insert(UInt8(ascii: ":"), at: index)
                }
            }
            if let message = try? MessageText(text.span).message() {
                read += 1
                // One spelling: what was read is written back as it stood, apart from the digest.
                let fields = message.encodedFields
                #expect(fields == Array(text[..<fields.count]))
            }
        }
        #expect(read > 100)
    }
}
