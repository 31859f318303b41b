import SPAConfig
import Testing

@Suite struct AccessFileRefuses {
    static let keys = "KEY 5ecret-a\nHMAC_KEY 5ecret-b\n"
    /// A stanza that is complete but for `line`, which is its line 2.
    static func with(_ line: String) -> String { "SOURCE ANY\n\(line)\nOPEN_PORTS tcp/22\n\(keys)" }

    static let rows: [WrongFile] = [
        WrongFile("", 0, 0, "no stanza"),
        WrongFile("# SOURCE ANY\n", 0, 0, "no stanza"),
        WrongFile("KEY 5ecret\n", 1, 1, "before the first SOURCE"),
        WrongFile("OPEN_PORTS tcp/22\nSOURCE ANY\n" + keys, 1, 1, "before the first SOURCE"),
        // SOURCE.
        WrongFile("SOURCE 0.0.0.0/0\n" + keys, 1, 8, "write ANY"),
        WrongFile("SOURCE 192.0.2.1/0.0.0.0\n" + keys, 1, 8, "write ANY"),
        WrongFile("SOURCE 192.0.2.1, 10.0.0.0/33\n" + keys, 1, 19, "prefix"),
        WrongFile("SOURCE 192.0.2.1/255.0.255.0\n" + keys, 1, 8, "contiguous"),
        WrongFile("SOURCE 192.0.2.1,\n" + keys, 1, 18, "spare comma"),
        WrongFile("SOURCE ,192.0.2.1\n" + keys, 1, 8, "spare comma"),
        WrongFile("SOURCE 192.0.2.1 192.0.2.2\n" + keys, 1, 17, "comma is missing"),
        WrongFile("SOURCE 2001:DB8::1\n" + keys, 1, 8, "usual spelling; write 2001:db8::1"),
        WrongFile("SOURCE ::ffff:192.0.2.1\n" + keys, 1, 8, "write 192.0.2.1"),
        WrongFile("SOURCE 2001:db8::1/129\n" + keys, 1, 8, "not a number from 1 to 128"),
        WrongFile("SOURCE ::/0\n" + keys, 1, 8, "write ANY"),
        WrongFile("SOURCE [::1]\n" + keys, 1, 8, "not an IPv6 address"),
        WrongFile("SOURCE door.example.net\n" + keys, 1, 8, "host name"),
        WrongFile("SOURCE 010.0.0.1\n" + keys, 1, 8, "not an address"),
        WrongFile("SOURCE 192.0.2.256\n" + keys, 1, 8, "not an address"),
        WrongFile("SOURCE\n" + keys, 1, 7, "no value"),
        WrongFile("SOURCE = ANY\n" + keys, 1, 8, "nothing but a blank"),
        WrongFile(with("DESTINATION here"), 2, 13, "host name"),
        // Ports.
        WrongFile(with("RESTRICT_PORTS tcp/22-25"), 2, 16, "ranges"),
        WrongFile(with("RESTRICT_PORTS tcp/22 udp/53"), 2, 22, "comma is missing"),
        WrongFile(with("RESTRICT_PORTS tcp/22, tcp/022"), 2, 24, "tcp/PORT"),
        WrongFile(with("RESTRICT_PORTS tcp/0"), 2, 16, "1 to 65535"),
        WrongFile(with("RESTRICT_PORTS tcp/65536"), 2, 16, "1 to 65535"),
        WrongFile(with("RESTRICT_PORTS icmp/8"), 2, 16, "tcp/PORT"),
        WrongFile(with("RESTRICT_PORTS tcp/22,udp/53,TCP/22"), 2, 30, "twice"),
        WrongFile(with("RESTRICT_PORTS 22"), 2, 16, "tcp/PORT"),
        // Keys.
        WrongFile("SOURCE ANY\nHMAC_KEY 5ecret\n", 1, 0, "no key"),
        WrongFile("SOURCE ANY\nKEY 5ecret\n", 1, 0, "every stanza needs an HMAC key"),
        WrongFile("SOURCE ANY\nKEY 5ecret\nHMAC_KEY 5ecret\n", 3, 0, "are the same"),
        WrongFile("SOURCE ANY\nKEY_BASE64 NWVjcmV0\nHMAC_KEY 5ecret\n", 3, 0, "are the same"),
        WrongFile("SOURCE ANY\nKEY __CHANGEME__\nHMAC_KEY 5ecret\n", 2, 5, "placeholder"),
        WrongFile("SOURCE ANY\nKEY 5ecret\nHMAC_KEY_BASE64 __ChangeMe__\n", 3, 17, "placeholder"),
        WrongFile("SOURCE ANY\nKEY_BASE64 NWVjcmV0!\nHMAC_KEY x5ecret\n", 2, 12, "base64"),
        WrongFile("SOURCE ANY\nKEY_BASE64 NWVjcmV0NQ=\nHMAC_KEY x5ecret\n", 2, 12, "base64"),
        WrongFile("SOURCE ANY\nKEY_BASE64 NWVjcmV0NR==\nHMAC_KEY x5ecret\n", 2, 12, "base64"),
        WrongFile("SOURCE ANY\nKEY_BASE64 ==\nHMAC_KEY 5ecret\n", 2, 12, "base64"),
        WrongFile(
            "SOURCE ANY\nKEY 5ecret\(String(repeating: "k", count: 123))\nHMAC_KEY 5ecret\n", 2, 5,
            "at most 128"),
        WrongFile(
            "SOURCE ANY\nKEY 5ecret\nHMAC_KEY 5ecret\(String(repeating: "k", count: 131))\n", 3, 10,
            "at most 136"),
        WrongFile(
            "SOURCE ANY\nKEY 5ecret\nKEY_BASE64 NWVjcmV0\nHMAC_KEY 5ecret-b\n", 3, 1, "the KEY of line 2"),
        WrongFile("SOURCE ANY\nKEY 5ecret\nHMAC_KEY 5ecret-b\nHMAC_KEY 5ecret-c\n", 4, 1, "of line 3"),
        WrongFile("SOURCE ANY\nKEY=5ecret\nHMAC_KEY 5ecret-b\n", 2, 4, "not `=`"),
        WrongFile("SOURCE ANY\nKEY:5ecret\nHMAC_KEY 5ecret-b\n", 2, 4, "write it after the name"),
        WrongFile("SOURCE ANY\nKEY = 5ecret\nHMAC_KEY 5ecret-b\n", 2, 5, "remove the sign"),
        WrongFile("SOURCE ANY\nKEY 5ecret;5ecret\nHMAC_KEY 5ecret-b\n", 2, 12, "behind the `;`"),
        WrongFile("SOURCE ANY\nKEYS 5ecret\nHMAC_KEY 5ecret-b\n", 2, 1, "did you mean KEY?"),
        WrongFile("SOURCE ANY\nKEY 5ecret\u{7}\nHMAC_KEY 5ecret-b\n", 2, 11, "0x07"),
        WrongFile(
            "SOURCE ANY\nHMAC_KEY 5ecret-b\nKEY_BASE64 NWVjcmV0\nNWVjcmV0NWVjcmV0\n", 4, 17, "no value"),
        WrongFile(with("HMAC_DIGEST_TYPE sha224"), 2, 18, "unknown digest"),
        WrongFile(with("ENCRYPTION_MODE PCBC"), 2, 17, "unknown mode"),
        WrongFile(with("ENCRYPTION_MODE Asymmetric"), 2, 17, "known, not supported yet"),
        // Times and users.
        WrongFile(with("FW_ACCESS_TIMEOUT 30s"), 2, 19, "digits only"),
        WrongFile(with("FW_ACCESS_TIMEOUT 8388609"), 2, 19, "8388608"),
        WrongFile(with("MAX_FW_TIMEOUT -1"), 2, 16, "digits only"),
        WrongFile(with("ACCESS_EXPIRE 13/45/2030"), 2, 15, "no month 13"),
        WrongFile(with("ACCESS_EXPIRE 02/29/2031"), 2, 18, "no day 29"),
        WrongFile(with("ACCESS_EXPIRE 12/31/30"), 2, 15, "four digits"),
        WrongFile(with("ACCESS_EXPIRE 2030-12-31"), 2, 15, "MM/DD/YYYY"),
        WrongFile(with("ACCESS_EXPIRE_EPOCH abc"), 2, 21, "not a count"),
        WrongFile(with("GRANT_PREFIX 23"), 2, 14, "from 24 to 32; 32 is the address alone"),
        WrongFile(with("GRANT_PREFIX 33"), 2, 14, "from 24 to 32"),
        WrongFile(with("GRANT_PREFIX /24"), 2, 14, "from 24 to 32"),
        WrongFile(with("GRANT_PREFIX Y"), 2, 14, "from 24 to 32"),
        WrongFile(with("GRANT_PREFIX6 63"), 2, 15, "from 64 to 128; 128 is the address alone"),
        WrongFile(with("GRANT_PREFIX6 129"), 2, 15, "from 64 to 128"),
        WrongFile(with("ACCESS_EXPIRE_EPOCH 0"), 2, 21, "never"),
        WrongFile(
            "SOURCE ANY\nACCESS_EXPIRE 12/31/2030\nACCESS_EXPIRE_EPOCH 1924905600\n" + keys, 3, 1,
            "ACCESS_EXPIRE of line 2"),
        WrongFile(with("REQUIRE_USERNAME two words"), 2, 21, "one word"),
        WrongFile(with("REQUIRE_USERNAME a,b"), 2, 19, "no packet carries"),
        WrongFile(with("REQUIRE_SOURCE_ADDRESS 1"), 2, 24, "neither Y nor N"),
        // Names.
        WrongFile(with("SUORCE ANY"), 2, 1, "did you mean SOURCE?"),
        WrongFile(with("PCAP_INTF eth0"), 2, 1, "belongs in spad.conf"),
        WrongFile(with("open_ports tcp/22"), 2, 1, "did you mean OPEN_PORTS?"),
        WrongFile(with("%include /etc/more.conf"), 2, 10, "known, not supported yet"),
        WrongFile(with("%include_keys /etc/keys"), 2, 15, "known, not supported yet"),
        WrongFile(with("FORCE_NAT 192.168.1.2 22"), 2, 11, "known, not supported yet"),
        WrongFile(with("ENABLE_CMD_EXEC Y"), 2, 17, "known, not supported yet"),
        WrongFile(with("CMD_CYCLE_OPEN /bin/true"), 2, 16, "known, not supported yet"),
        WrongFile(with("GPG_DECRYPT_PW 5ecret"), 2, 16, "known, not supported yet"),
        WrongFile(with("GPG_REMOTE_ID ABCD1234"), 2, 15, "known, not supported yet"),
    ]

    @Test(arguments: rows) func aWrongFileWithPlaceAndReason(_ row: WrongFile) { row.check(.access) }

    @Test func everyProblemOfEveryStanza() {
        let text = "SOURCE ANY\nKEY 5ecret\nSOURCE x\nOPEN_PORTS 22\nSOURCE ANY\nHMAC_KEY 5ecret\nFROB 1\n"
        let problems = FileKind.access.problems(Array(text.utf8))
        #expect(problems.map(\.line) == [1, 3, 4, 7])
    }
}
