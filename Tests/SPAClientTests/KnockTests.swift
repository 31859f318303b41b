import SPAClient
import SPAConfig
import SPAKeys
import SPANet
import SPASecret
import SPAWire
import Testing

@Suite struct KnockCommandLines {
    @Test func ofFwknopAreUnderstood() throws {
        let options = try KnockOptions([
            "spa-knock", "-A", "tcp/22,udp/53", "-a", "192.0.2.1", "-D", "gate.example", "-p", "62202", "-f",
            "60", "-U", "bob",
            "-m", "sha512", "-M", "ctr", "--hmac-digest-type", "SHA384", "--time-offset-minus", "2h", "-P",
            "UDP", "-T", "-vv",
        ])
        #expect(options.access?.map(\.description) == ["tcp/22", "udp/53"])
        #expect(options.destination?.text == "gate.example")
        #expect(options.port == 62202)
        #expect(options.clientTimeout == 60)
        #expect(options.user == "bob")
        #expect(options.digest == .sha512)
        #expect(options.mode == .ctr)
        #expect(options.hmacType == .sha384)
        #expect(options.keyWish.usesHMAC == true)
        #expect(options.timeOffset == -7200)
        #expect(options.isTest)
        #expect(options.verbosity == 2)
    }

    private static let wrong: [[String]] = [
        ["-A", "tcp/22x"], ["-A", "icmp/8"], ["-A", "tcp/0"], ["-A", ""], ["-p", "0"], ["-p", "12abc"],
        ["-f", "70000"], ["-m", "sha7"], ["-M", "gcm"], ["-s", "-R"], ["host"], ["--key-len", "33"],
        ["--time-offset-plus", "2w"], ["--time-offset-plus", ""], ["--no-rc-file", "-n", "x"],
        ["--key-rijndael", "k"], ["--key-base64-hmac=k"], ["--nothing"],
    ]

    @Test(arguments: wrong)
    func areRefused(_ words: [String]) {
        let failure = #expect(throws: ClientFailure.self) { try KnockOptions(["spa-knock"] + words) }
        #expect(failure?.status == .usage)
        #expect(failure?.reason.contains("; ") == true, "what to do is missing")
    }

    private static let missing: [[String]] = [
        ["-P", "icmp"], ["-N", "192.0.2.1,22"], ["--nat-rand-port"], ["-g"], ["-r"], ["--save-rc-stanza"],
        ["-C", "id"],
    ]

    @Test(arguments: missing)
    func areKnownWhereTheyAreMissing(_ words: [String]) {
        let failure = #expect(throws: ClientFailure.self) { try KnockOptions(["spa-knock"] + words) }
        #expect(failure?.status == .other)
    }

    @Test func neverRepeatAKey() {
        let failure = #expect(throws: ClientFailure.self) {
            try KnockOptions(["spa-knock", "--key-hmac", "geheim"])
        }
        #expect(failure?.reason.contains("geheim") == false)
    }
}

@Suite struct NewKeys {
    @Test(
        arguments: [
            (.md5, 16), (.sha1, 20), (.sha256, 64), (.sha384, 128), (.sha512, 128), (.sha3_256, 64),
            (.sha3_512, 72),
        ] as [(DigestType, Int)])
    func areAsLongAsTheTypeWants(_ type: DigestType, _ bytes: Int) {
        #expect(KeyGenerator.hmacKeyLength(type) == bytes)
    }

    @Test func comeInTwoLines() throws {
        let secret = try KeyGenerator.lines(keyLength: 32, hmacKeyLength: 64)
        let bytes = secret.bytes
        let text = String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.map { $0.split(separator: " ").first.map(String.init) ?? "" } == [
                "KEY_BASE64:", "HMAC_KEY_BASE64:", "",
            ])
        #expect(lines.map(\.count) == [12 + 44, 17 + 88, 0])
        #expect(try !secret.matches(KeyGenerator.lines(keyLength: 32, hmacKeyLength: 64)))
    }

    @Test func areReadAgainByTheRCFile() throws {
        var text = Array("[new]\n".utf8)
        let secret = try KeyGenerator.lines(keyLength: 32, hmacKeyLength: 64)
        let bytes = secret.bytes
        for index in bytes.indices where bytes[index] != UInt8(ascii: ":") { text.append(bytes[index]) }
        let stanza = try ClientRCParser.parse(text.span, file: "rc").value.stanza(named: "new").value
        #expect(stanza.keys?.encryption.count == 32)
        #expect(stanza.keys?.hmac?.count == 64)
    }
}
