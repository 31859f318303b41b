import SPAConfig
import SPAKeys
import SPANet
import SPAPolicy
import SPASecret
import SPAWire
import Testing

@Suite struct AccessFile {
    /// The only stanza of a text, which is given its keys.
    private func stanza(_ lines: String, source: String = "ANY") throws -> AccessStanza {
        let parsed = try access("SOURCE \(source)\n\(lines)\nKEY one\nHMAC_KEY two\n")
        return try #require(parsed.value.first)
    }

    private func warnings(_ lines: String) throws -> [String] {
        try access("SOURCE ANY\nOPEN_PORTS tcp/22\n\(lines)\n").warnings.map(\.description)
    }

    @Test func aPrefixForIPv6WithoutIPv6IsWarnedOf() throws {
        var settings = ServerSettings()
        let bytes = Array("SOURCE ANY\nOPEN_PORTS tcp/22\nGRANT_PREFIX6 64\nKEY one\nHMAC_KEY two\n".utf8)
        #expect(try AccessParser.parse(bytes.span, file: "a", settings: settings).warnings.isEmpty)
        settings.opensIPv6 = false
        let parsed = try AccessParser.parse(bytes.span, file: "a", settings: settings)
        #expect(
            parsed.warnings.map(\.description) == [
                "a:3:15: GRANT_PREFIX6 has no effect: ENABLE_IPV6 is N, no door is opened over IPv6"
            ])
    }

    @Test func fillsInTheDefaults() throws {
        let rules = try stanza("").rules
        #expect(rules == StanzaRules(number: 1, line: 1, sources: IPNetwork.any))
    }

    @Test(arguments: [
        ("ANY", ["0.0.0.0/0", "::/0"]), ("any", ["0.0.0.0/0", "::/0"]), ("192.0.2.1", ["192.0.2.1"]),
        ("192.0.2.1, 10.0.0.0/8 ,172.16.0.0/255.240.0.0", ["192.0.2.1", "10.0.0.0/8", "172.16.0.0/12"]),
        ("10.0.0.0/8,10.0.0.0/8;", ["10.0.0.0/8"]),
        ("2001:db8::/32, 10.0.0.1", ["2001:db8::/32", "10.0.0.1"]),
    ])
    func readsSources(_ text: String, _ expected: [String]) throws {
        #expect(try stanza("", source: text).rules.sources.map(\.description) == expected)
    }

    @Test func readsEveryName() throws {
        let rules = try stanza(
            """
            DESTINATION: 198.51.100.7
            OPEN_PORTS   tcp/22, UDP/53
              RESTRICT_PORTS: tcp/25;
            REQUIRE_USERNAME alice
            REQUIRE_SOURCE_ADDRESS Y
            FW_ACCESS_TIMEOUT 60
            MAX_FW_TIMEOUT 8388608
            ACCESS_EXPIRE_EPOCH 1900000000
            GRANT_PREFIX 24
            GRANT_PREFIX6: 64
            """
        ).rules
        #expect(rules.destinations.map(\.description) == ["198.51.100.7"])
        #expect(rules.openPorts == Set([Service("tcp/22"), Service("udp/53")].compactMap { $0 }))
        #expect(rules.restrictPorts == Set([Service("tcp/25")].compactMap { $0 }))
        #expect(rules.requiredUser == Array("alice".utf8))
        #expect(rules.requiresSourceAddress)
        #expect(rules.accessTimeout.seconds == 60 && rules.maximumTimeout.seconds == 8_388_608)
        #expect(rules.expiresAt == 1_900_000_000)
        #expect(rules.width == GrantWidth(v4: 24, v6: 64))
        #expect(try stanza("REQUIRE_SOURCE Yes").rules.requiresSourceAddress)
        #expect(try stanza("DESTINATION ANY").rules.destinations.isEmpty)
    }

    @Test(
        arguments: [
            ("01/01/1970", 0), ("01/02/1970", 86400), ("03/01/2000", 951_868_800),
            ("02/29/2028", 1_835_395_200),
            ("12/31/2030", 1_924_905_600), ("01/01/2100", 4_102_444_800),
        ] as [(String, Int64)])
    func expiresAtTheStartOfADayInUTC(_ date: String, _ seconds: Int64) throws {
        #expect(try stanza("ACCESS_EXPIRE \(date)").rules.expiresAt == seconds)
    }

    @Test(arguments: [
        ("KEY with inner  blanks  \t;", "with inner  blanks"), ("KEY: colon", "colon"),
        ("KEY a:b=c#d", "a:b=c#d"),
        ("KEY \u{E4}\u{F6}", "\u{E4}\u{F6}"), ("KEY_BASE64 YWJjZA==", "abcd"), ("KEY_BASE64 YWJjZA;", "abcd"),
        ("KEY_BASE64: YWJjZGU=\r", "abcde"),
    ])
    func readsKeys(_ line: String, _ expected: String) throws {
        let parsed = try access("SOURCE ANY\n\(line)\nHMAC_KEY two\n")
        let keys = try #require(parsed.value.first).keys
        #expect(content(keys.encryption) == expected)
        #expect(content(keys.hmac) == "two")
        #expect(keys.mode == .cbc && keys.hmacType == .sha256)
    }

    @Test func readsModesAndDigestsInAnyCase() throws {
        for mode in EncryptionMode.allCases {
            #expect(try stanza("ENCRYPTION_MODE \(mode.word.lowercased())").keys.mode == mode)
        }
        for type in DigestType.allCases {
            #expect(try stanza("HMAC_DIGEST_TYPE \(type.word.uppercased())").keys.hmacType == type)
        }
    }

    @Test func numbersItsStanzas() throws {
        let one = "SOURCE ANY\nKEY one\nHMAC_KEY two\n"
        let rules = try access(one + "\n# next\n" + one).value.map(\.rules)
        #expect(rules.map(\.number) == [1, 2])
        #expect(rules.map(\.line) == [1, 6])
    }

    @Test(
        arguments: [
            ("", 30, 300), ("FW_ACCESS_TIMEOUT 0", 30, 300), ("MAX_FW_TIMEOUT 0", 30, 300),
            ("FW_ACCESS_TIMEOUT 600\nMAX_FW_TIMEOUT 60", 60, 60), ("MAX_FW_TIMEOUT 10", 10, 10),
            ("FW_ACCESS_TIMEOUT 600", 600, 600), ("FW_ACCESS_TIMEOUT 10", 10, 300),
        ] as [(String, UInt32, UInt32)])
    func capsTheTimeoutByAMaximumThatIsSet(_ lines: String, _ timeout: UInt32, _ maximum: UInt32) throws {
        let rules = try stanza(lines).rules
        #expect(rules.accessTimeout.seconds == timeout && rules.maximumTimeout.seconds == maximum)
    }

    static let keys = "KEY one\nHMAC_KEY two"

    @Test(arguments: [
        (
            "\(keys)\nENCRYPTION_MODE legacy",
            "access.conf:5:17: ENCRYPTION_MODE: legacy is weak; use CBC on both sides"
        ),
        (
            "\(keys)\nENCRYPTION_MODE ECB",
            "access.conf:5:17: ENCRYPTION_MODE: ECB is weak; use CBC on both sides"
        ),
        (
            "\(keys)\nHMAC_DIGEST_TYPE md5",
            "access.conf:5:18: HMAC_DIGEST_TYPE: md5 is outdated; use sha256 on both sides"
        ),
        (
            "\(keys)\nFW_ACCESS_TIMEOUT 9\nMAX_FW_TIMEOUT 5",
            "access.conf:5: FW_ACCESS_TIMEOUT of 9 s is longer than MAX_FW_TIMEOUT; 5 s are used"
        ),
        (
            "\(keys)\nFW_ACCESS_TIMEOUT 0",
            "access.conf:5:19: FW_ACCESS_TIMEOUT: 0 means the default of 30 seconds; write that or nothing"
        ),
        (
            "\(keys)\nREQUIRE_SOURCE N\nREQUIRE_SOURCE Y",
            "access.conf:6:1: REQUIRE_SOURCE is set in line 5 already; this one counts"
        ),
        (
            "\(keys)\nDESTINATION 10.1.1.1/8",
            "access.conf:5:13: DESTINATION: the address has bits behind the prefix; 10.0.0.0/8 is meant"
        ),
        (
            "\(keys)\nFORWARD_ALL N",
            "access.conf:5:13: FORWARD_ALL: known, not supported yet: ignored (it is off in any case)"
        ),
        (
            "\(keys)\nGPG_EXE /usr/bin/gpg",
            "access.conf:5:9: GPG_EXE: known, not supported yet: ignored (GnuPG is not used)"
        ),
        ("KEY \"one\"\nHMAC_KEY two", "access.conf:3:5: KEY: quotes are part of the key in this file"),
        (
            "KEY one\nHMAC_KEY two # new",
            "access.conf:4:10: HMAC_KEY: what looks like a comment is part of the key in this file"
        ),
        (
            "KEY \(String(repeating: "k", count: 33))\nHMAC_KEY two",
            "access.conf:3: the encryption key has 33 bytes; stock fwknop answers \"Invalid key length\" above 32, "
                + "so only clients of Sallyport can use it"
        ),
    ])
    func warns(_ lines: String, _ expected: String) throws {
        #expect(try warnings(lines) == [expected])
    }

    @Test func warnsOfAStanzaThatPermitsEveryPort() throws {
        let parsed = try access("\nSOURCE ANY\n\(Self.keys)\n")
        #expect(parsed.value.first?.rules.openPorts == nil)
        #expect(
            parsed.warnings.map(\.description) == [
                "access.conf:2: the stanza permits every port; add OPEN_PORTS to name those that it may open"
            ])
    }

    @Test func warnsOfNothingInAGoodStanza() throws {
        #expect(try warnings(Self.keys).isEmpty)
        #expect(try warnings("KEY \(String(repeating: "k", count: 32))\nHMAC_KEY two").isEmpty)
    }
}
