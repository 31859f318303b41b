import SPAConfig
import SPAKeys
import SPANet
import SPASecret
import SPAWire
import Testing

@Suite struct ClientFile {
    private func stanza(_ lines: String) throws -> ClientStanza {
        try rc("[door]\nKEY one\nHMAC_KEY two\n\(lines)\n").value.stanza(named: "door").value
    }

    private func warnings(_ lines: String) throws -> [String] {
        try rc("[door]\n\(lines)\n").value.stanza(named: "door").warnings.map(\.description)
    }

    @Test func readsEveryName() throws {
        let stanza = try stanza(
            """
            SPA_SERVER door.example.net
            SPA_SERVER_PORT: 4000
            SPA_SERVER_PROTO UDP
            ACCESS tcp/22,udp/53   # both
            ALLOW_IP 192.0.2.7;
            FW_TIMEOUT 65536
            DIGEST_TYPE SHA512
            ENCRYPTION_MODE CTR
            USE_HMAC yes
            HMAC_DIGEST_TYPE sha384
            SPOOF_USER alice
            TIME_OFFSET -5m
            VERBOSE 3
            NO_SAVE_ARGS Y
            SERVER_KIND sallyport
            STUN_SERVER stun.example.net,192.0.2.1:3479
            STUN_SERVER other.example.net
            NTP_SERVER time.example.net:1234
            CONNECT_TIMEOUT 600
            """)
        #expect(stanza.timeServer == "time.example.net:1234" && stanza.usesHMAC == true)
        #expect(stanza.name == "door")
        #expect(stanza.server == "door.example.net" && stanza.serverPort == 4000)
        #expect(stanza.access == [Service("tcp/22"), Service("udp/53")].compactMap { $0 })
        #expect(IPAddress("192.0.2.7").map { stanza.allow == .explicit($0) } == true)
        #expect(stanza.clientTimeout == 65536)
        #expect(stanza.digest == .sha512)
        #expect(stanza.user == "alice" && stanza.timeOffset == -300 && stanza.verbosity == 3)
        #expect(stanza.serverKind == .sallyport)
        #expect(stanza.addresses.stunServers == ["stun.example.net", "192.0.2.1:3479", "other.example.net"])
        #expect(stanza.connectTimeout == 600)
        #expect(content(stanza.keys?.encryption) == "one" && content(stanza.keys?.hmac) == "two")
        #expect(stanza.keys?.mode == .ctr && stanza.keys?.hmacType == .sha384)
    }

    @Test func fillsInTheDefaults() throws {
        let stanza = try stanza("")
        #expect(stanza.server == nil && stanza.serverPort == 62201 && stanza.access == nil)
        #expect(stanza.allow == .automatic && stanza.clientTimeout == nil && stanza.digest == .sha256)
        #expect(stanza.serverKind == .fwknop && stanza.connectTimeout == 10 && stanza.verbosity == 0)
        #expect(stanza.keys?.mode == .cbc && stanza.keys?.hmacType == .sha256)
    }

    @Test(arguments: [
        ("ALLOW_IP source", AllowAddress.source), ("ALLOW_IP 0.0.0.0", .source), ("ALLOW_IP ::", .source),
        ("ALLOW_IP Resolve", .resolve),
        ("RESOLVE_IP_HTTPS Y", .resolve), ("RESOLVE_IP_HTTP Y", .resolve), ("RESOLVE_IP_HTTPS N", .automatic),
        ("RESOLVE_URL https://a/", .resolve), ("RESOLVE_HTTP_ONLY Y", .resolve),
        ("RESOLVE_URL https://a/\nALLOW_IP source", .source),
        ("ALLOW_IP source\nRESOLVE_URL https://a/", .source),
        ("ALLOW_IP interface:wg0", .interface("wg0")),
        ("RESOLVE_IP_HTTPS Y\nALLOW_IP source", .source), ("ALLOW_IP source\nRESOLVE_IP_HTTPS N", .source),
    ])
    func readsTheAddressToAllow(_ lines: String, _ expected: AllowAddress) throws {
        #expect(try stanza(lines).allow == expected)
    }

    @Test(
        arguments: [
            ("0", 0), ("90", 90), ("90s", 90), ("-2h", -7200), ("1d", 86400), ("-99999999", -99_999_999),
        ] as [(String, Int64)])
    func readsATimeOffset(_ text: String, _ seconds: Int64) throws {
        #expect(try stanza("TIME_OFFSET \(text)").timeOffset == seconds)
    }

    @Test(
        arguments: [
            ("door", true), ("DOOR", true), ("gate.example", true), ("Gate.Example", true),
            ("lent.example", true),
            ("default", false), ("other", false), ("", false), ("broken", true),
        ] as [(String, Bool)])
    func knowsForWhomItHasAStanza(_ host: String, _ expected: Bool) throws {
        let text = """
            [default]
            SPA_SERVER lent.example
            [door]
            SPA_SERVER gate.example
            [broken]
            NO_SUCH_NAME 1
            """
        #expect(try rc(text).value.hasStanza(forHost: host) == expected)
    }

    @Test func letsASectionOverrideTheDefaultWhereverItStands() throws {
        let text = """
            [door]
            KEY_BASE64 YWJjZA==
            RAND_PORT N
            VERBOSE N
            RESOLVE_IP_HTTPS N
            STUN_SERVER own.example.net
            [default]
            KEY common
            HMAC_KEY two
            FW_TIMEOUT 60
            VERBOSE Y
            RAND_PORT Y
            RESOLVE_IP_HTTPS Y
            STUN_SERVER common.example.net
            """
        let stanza = try rc(text).value.stanza(named: "DOOR").value
        #expect(content(stanza.keys?.encryption) == "abcd" && content(stanza.keys?.hmac) == "two")
        #expect(stanza.clientTimeout == 60 && stanza.verbosity == 0 && stanza.allow == .automatic)
        #expect(stanza.addresses.stunServers == ["own.example.net"])
    }

    static let hosts = """
        [default]
        SPA_SERVER fallback.example.net
        VERBOSE 2
        [door]
        SPA_SERVER 192.0.2.1
        [gate.example.net]
        FW_TIMEOUT 7
        [second]
        SPA_SERVER 192.0.2.1
        """

    @Test(arguments: [
        ("door", "door"), ("DOOR", "door"), ("192.0.2.1", "door"), ("Gate.Example.NET", "gate.example.net"),
        ("fallback.example.net", "default"), ("second", "second"), ("elsewhere.example.net", nil),
        ("default", nil),
    ])
    func findsTheSectionOfAHost(_ host: String, _ name: String?) throws {
        let found = try rc(Self.hosts).value.stanza(forHost: host)
        #expect(found?.value.name == name)
        #expect(found == nil || found?.value.verbosity == 2)
    }

    @Test func warnsOfAHostWithTwoSections() throws {
        let found = try rc(Self.hosts).value.stanza(forHost: "192.0.2.1")
        #expect(
            found?.warnings.map(\.description) == [
                "rc:8: [second] has the SPA_SERVER of [door], which counts; choose with -n"
            ])
    }

    @Test func hasNoSectionForAHostOnAccountOfTheDefaultsAlone() throws {
        #expect(try rc("[default]\nKEY one\nHMAC_KEY two\n").value.stanza(forHost: "door") == nil)
    }

    @Test func listsItsSections() throws {
        let parsed = try rc("KEY one\n[default]\n  [a]  # one\n[b];\n")
        #expect(parsed.value.names == ["default", "a", "b"])
        #expect(
            parsed.warnings.map(\.description) == [
                "rc:1:1: the line stands before the first [section] and is ignored; move it below [default]"
            ])
    }

    @Test func takesALongKeyForOurOwnServer() throws {
        let key = String(repeating: "k", count: 128)
        let text = "[door]\nSERVER_KIND sallyport\nKEY \(key)\nHMAC_KEY two\n"
        #expect(try rc(text).value.stanza(named: "door").value.keys?.encryption.count == 128)
    }

    @Test func hasTheHMACSettingsForAKeyFromElsewhere() throws {
        let stanza = try rc("[door]\nHMAC_KEY two\nENCRYPTION_MODE CFB\n").value.stanza(named: "door").value
        #expect(stanza.keys == nil && content(stanza.hmacKey) == "two" && stanza.mode == .cfb)
    }

    @Test(arguments: [
        (
            "KEY one",
            "rc:1: no HMAC key: anyone can alter such packets and spad refuses them; add HMAC_KEY_BASE64"
        ),
        (
            "KEY one\nHMAC_KEY two\nRESOLVE_URL http://a/",
            "rc:4: RESOLVE_URL: without https anybody on the way can answer; use https://"
        ),
        (
            "KEY one\nHMAC_KEY two\nENCRYPTION_MODE legacy",
            "rc:4: ENCRYPTION_MODE: legacy is weak; use CBC on both sides"
        ),
        (
            "KEY one\nHMAC_KEY two\nHMAC_DIGEST_TYPE sha1",
            "rc:3: HMAC_DIGEST_TYPE: sha1 is outdated; use sha256 on both sides"
        ),
        (
            "KEY one\nHMAC_KEY two\nUSE_HMAC N",
            "rc:4: USE_HMAC N has no effect while an HMAC key is set; remove the key to send without"
        ),
        ("HMAC_KEY two", "rc:2: there is an HMAC key but no encryption key; add KEY_BASE64"),
        ("VERBOSE Y\nVERBOSE 2", "rc:3:1: VERBOSE is set in line 2 already; this one counts"),
        (
            "WGET_CMD /usr/bin/wget",
            "rc:2:10: WGET_CMD: known, not supported yet: ignored (no program is called)"
        ),
        ("NO_SAVE_ARGS N", "rc:2:14: NO_SAVE_ARGS: command lines are never saved here, they can hold keys"),
    ])
    func warns(_ lines: String, _ expected: String) throws {
        #expect(try warnings(lines) == [expected])
    }

    @Test func saysNothingOfSwitchesThatAreOff() throws {
        #expect(try warnings("KEY one\nHMAC_KEY two\nRAND_PORT N\nUSE_GPG N").isEmpty)
    }
}
