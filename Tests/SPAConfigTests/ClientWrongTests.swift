import SPAConfig
import Testing

@Suite struct ClientFileRefuses {
    /// A section that is complete but for `line`, which is its line 2.
    static func with(_ line: String) -> String {
        "[door]\n\(line)\nKEY 5ecret-a\nHMAC_KEY 5ecret-b\n"
    }

    static let rows: [WrongFile] = [
        // Sections: wrong whether they are used or not.
        WrongFile("[elsewhere\nKEY 5ecret\n", 1, 1, "no `]`"),
        WrongFile("[]\nKEY 5ecret\n", 1, 1, "empty"),
        WrongFile("[a b]\n", 1, 3, "without blanks"),
        WrongFile("[a] KEY 5ecret\n", 1, 5, "behind the section header"),
        WrongFile("[door]\n[Door]\n", 2, 2, "exists in line 1"),
        WrongFile("[elsewhere]\nKEY 5ecret\u{0}\n", 2, 11, "NUL"),
        WrongFile("\u{FEFF}[door]\n", 1, 1, "byte order mark"),
        // Lines of the section that is used, and of [default].
        WrongFile("[default]\nFW_TIMEOUT x\n[door]\nFW_TIMEOUT 5\n", 2, 12, "digits only"),
        WrongFile(with("SPA_SERVER"), 2, 11, "no value"),
        WrongFile(with("SPA_SERVER # later"), 2, 12, "no value"),
        WrongFile("[door]\nKEY 5ecret 5ecret\nHMAC_KEY 5ecret-b\n", 2, 12, "one word"),
        WrongFile("[door]\nKEY 5ecret#5ecret\nHMAC_KEY 5ecret-b\n", 2, 11, "`#` ends a value"),
        WrongFile("[door]\nKEY 5ecret;5ecret\nHMAC_KEY 5ecret-b\n", 2, 12, "one word"),
        WrongFile("[door]\nKEY=5ecret\n", 2, 4, "not `=`"),
        WrongFile("[door]\nKEYY 5ecret\n", 2, 1, "did you mean KEY?"),
        WrongFile(with("CLIENT_TIMEOUT 30"), 2, 16, "use FW_TIMEOUT"),
        WrongFile(with("FROBNICATE 1"), 2, 1, "unknown name FROBNICATE"),
        WrongFile(with("SPA_SERVER a/b"), 2, 13, "host name"),
        WrongFile(with("SPA_SERVER -door"), 2, 12, "letter or digit"),
        WrongFile(with("SPA_SERVER_PORT 0"), 2, 17, "1 to 65535"),
        WrongFile(with("SPA_SERVER_PORT 62201x"), 2, 17, "digits only"),
        WrongFile(with("SPA_SERVER_PROTO icmp"), 2, 18, "known, not supported"),
        WrongFile(with("SERVER_KIND sallyport\nSPA_SERVER_PROTO tcp"), 3, 0, "spad listens to nobody"),
        WrongFile(with("ALLOW_IP 2001:db8::1"), 2, 0, "a stock server reads IPv4 addresses only"),
        WrongFile(with("SPA_SERVER_PROTO sctp"), 2, 18, "unknown protocol"),
        WrongFile(with("ACCESS tcp/22,tcp/22"), 2, 15, "twice"),
        WrongFile(with("ACCESS none/0"), 2, 8, "tcp/PORT"),
        WrongFile(with("ALLOW_IP 1.2.3"), 2, 10, "nor `source`, `resolve`"),
        WrongFile(with("ALLOW_IP interface:"), 2, 10, "name of an interface"),
        WrongFile(with("ALLOW_IP interface:../../etc"), 2, 10, "name of an interface"),
        WrongFile(with("ALLOW_IP interface:sixteen-letters!"), 2, 10, "name of an interface"),
        WrongFile(with("RESOLVE_IP_HTTPS on"), 2, 18, "neither Y nor N"),
        WrongFile(with("FW_TIMEOUT 65537"), 2, 12, "65536"),
        WrongFile(with("DIGEST_TYPE crc32"), 2, 13, "unknown digest"),
        WrongFile(with("ENCRYPTION_MODE fast"), 2, 17, "unknown mode"),
        WrongFile(with("TIME_OFFSET 5x"), 2, 13, "not a time"),
        WrongFile(with("TIME_OFFSET -"), 2, 13, "not a time"),
        WrongFile(with("TIME_OFFSET 99999999d"), 2, 13, "more than"),
        WrongFile(with("VERBOSE loud"), 2, 9, "neither Y nor N nor"),
        WrongFile(with("SPOOF_USER a*b"), 2, 13, "no packet carries"),
        WrongFile(with("SERVER_KIND other"), 2, 13, "fwknop or sallyport"),
        WrongFile(with("STUN_SERVER stun.example.net:0"), 2, 13, "host:port"),
        WrongFile(with("STUN_SERVER a,,b"), 2, 15, "spare comma"),
        WrongFile(with("CONNECT_TIMEOUT 601"), 2, 17, "1 to 600"),
        WrongFile(with("RAND_PORT Y"), 2, 11, "known, not supported yet"),
        WrongFile(with("NAT_ACCESS 10.0.0.1:22"), 2, 12, "known, not supported yet"),
        WrongFile(with("KEY_FILE /home/u/5ecret"), 2, 10, "known, not supported yet"),
        WrongFile(with("USE_GPG Y"), 2, 9, "known, not supported yet"),
        WrongFile(with("GPG_SIGNING_PW 5ecret"), 2, 16, "known, not supported yet"),
        WrongFile(with("RESOLVE_URL example.net"), 2, 13, "not a URL"),
        WrongFile(with("RESOLVE_URL ftp://example.net"), 2, 13, "not a URL"),
        WrongFile(with("RESOLVE_URL https://"), 2, 21, "host"),
        WrongFile(with("RESOLVE_URL https://-a/"), 2, 21, "host"),
        WrongFile(with("RESOLVE_URL https://a:0/"), 2, 21, "1 to 65535"),
        WrongFile(with("RESOLVE_URL https://u@a/"), 2, 22, "user name"),
        WrongFile(with("RESOLVE_URL https://[::1/"), 2, 21, "`]`"),
        WrongFile(with("RESOLVE_URL https://a/\nRESOLVE_HTTP_ONLY Y"), 2, 0, "http:// alone"),
        WrongFile(with("ADDRESS_SOURCES stun,ntp"), 2, 22, "stun, https, dns and command"),
        WrongFile(with("ADDRESS_SOURCES stun,STUN"), 2, 22, "twice"),
        WrongFile(with("ADDRESS_SOURCES none,stun"), 2, 17, "nor none"),
        WrongFile(with("ADDRESS_SOURCES command"), 1, 0, "add ADDRESS_COMMAND"),
        WrongFile(with("ADDRESS_DNS whoami.test@192.0.2.1"), 2, 13, "name/A@server"),
        WrongFile(with("ADDRESS_DNS whoami.test/AAAA@192.0.2.1"), 2, 13, "name/A@server"),
        WrongFile(with("ADDRESS_DNS whoami.test/A@"), 2, 13, "name/A@server"),
        WrongFile(with("ADDRESS_DNS whoami.test/A@a:x"), 2, 13, "name/A@server"),
        WrongFile(with("ADDRESS_DNS ::1/A@192.0.2.1"), 2, 13, "name/A@server"),
        WrongFile(with("ADDRESS_COMMAND ''"), 2, 17, "no program"),
        WrongFile(with("ADDRESS_COMMAND /bin/echo 'a b"), 2, 27, "never closed"),
        WrongFile(with("ADDRESS_COMMAND |"), 2, 18, "no command"),
        WrongFile(with("ADDRESS_CACHE 43201"), 2, 15, "43200"),
        WrongFile(with("SOURCE_FALLBACK maybe"), 2, 17, "neither Y nor N"),
        // Keys.
        WrongFile("[door]\nKEY 5ecret\nHMAC_KEY 5ecret\n", 3, 0, "are the same"),
        WrongFile("[default]\nHMAC_KEY 5ecret\n[door]\nKEY_BASE64 NWVjcmV0\n", 4, 0, "are the same"),
        WrongFile("[door]\nKEY 5ecret\nKEY_BASE64 NWVjcmV0\n", 3, 1, "the KEY of line 2"),
        WrongFile("[door]\nKEY __changeme__\n", 2, 5, "placeholder"),
        WrongFile("[door]\nKEY 5ecret\nUSE_HMAC Y\n", 3, 0, "USE_HMAC asks"),
        WrongFile("[door]\nKEY_COMMAND x\nUSE_HMAC Y\n", 3, 0, "USE_HMAC asks"),
        WrongFile("[door]\nKEY 5ecret\nKEY_COMMAND x\n", 3, 1, "the KEY of line 2"),
        WrongFile(
            "[door]\nHMAC_KEY_COMMAND x\nHMAC_KEY_BASE64_COMMAND x\n", 3, 1, "the HMAC_KEY_COMMAND of line 2"),
        WrongFile("[door]\nKEY_COMMAND echo '5ecret\n", 2, 18, "never closed"),
        WrongFile("[door]\nKEY_COMMAND echo \"5ecret\\\"\n", 2, 18, "never closed"),
        WrongFile("[door]\nKEY_COMMAND echo 5ecret\\\n", 2, 24, "backslash"),
        WrongFile("[door]\nKEY_COMMAND '' 5ecret\n", 2, 13, "no program"),
        WrongFile("[door]\nKEY_COMMAND |\n", 2, 14, "no command"),
        WrongFile("[door]\nKEY_COMMAND\n", 2, 12, "no value"),
        WrongFile("[door]\nKEY_COMMAND 5ecret\u{e4}\n", 2, 19, "ASCII"),
        WrongFile(with("NTP_SERVER a,b"), 2, 12, "name one"),
        WrongFile(with("NTP_SERVER a:0"), 2, 12, "host:port"),
        WrongFile(
            "[door]\nKEY 5ecret\(String(repeating: "k", count: 27))\nHMAC_KEY 5ecret\n", 2, 0,
            "Invalid key length"),
    ]

    @Test(arguments: rows) func aWrongFileWithPlaceAndReason(_ row: WrongFile) { row.check(.rc) }

    @Test func aSectionThatDoesNotExist() throws {
        let file = try rc("[door]\n[gate]\n").value
        let error = #expect(throws: ConfigurationErrors.self) { try file.stanza(named: "moat") }
        #expect(
            error?.problems.map(\.description) == [
                "rc: no section of the name asked for; there are door, gate"
            ])
    }

    @Test func nothingInASectionThatIsNotUsed() throws {
        let text = "[broken]\nFROBNICATE 1\n=5ecret\nUSE_GPG Y\n[door]\nSPA_SERVER door.example.net\n"
        #expect(try rc(text).value.stanza(named: "door").value.server == "door.example.net")
        #expect(throws: ConfigurationErrors.self) { try rc(text).value.stanza(named: "broken") }
    }
}
