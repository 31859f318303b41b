import SPAConfig
import Testing

@Suite struct TheDump {
    static let accessText = """
        SOURCE 192.0.2.0/24, 198.51.100.1
        OPEN_PORTS udp/53, tcp/443, tcp/22
        KEY 5ecret-a
        HMAC_KEY_BASE64 NWVjcmV0LWI=
        HMAC_DIGEST_TYPE sha512
        REQUIRE_SOURCE_ADDRESS Y
        SOURCE ANY
        KEY_BASE64 NWVjcmV0LWM=
        HMAC_KEY 5ecret-d
        """

    private func text() throws -> String {
        ServerDump.text(
            try server("PCAP_INTF lo;\nFWKNOP_RUN_DIR /run/x;\n").value, try access(Self.accessText).value)
    }

    @Test func hasTheLayoutOfFwknop() throws {
        let lines = try text().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.first == "Current fwknopd config settings:")
        for line in [
            "  0. PCAP_INTF                    =  'lo'",
            "  1. ENABLE_PCAP_PROMISC          =  'N'",
            "  9. IPT_INPUT_ACCESS             =  'ACCEPT, filter, INPUT, 1, FWKNOP_INPUT, 1'",
            " 10. FWKNOP_RUN_DIR               =  '/run/x'",
            " 16. SUPERVISOR_USER              =  '<not set>'",
            "Current fwknopd access settings:",
            "SOURCE (1):  192.0.2.0/24, 198.51.100.1",
            "==============================================================",
            "                 OPEN_PORTS:  tcp/22, tcp/443, udp/53",
            "                DESTINATION:  <not set>",
            "           HMAC_DIGEST_TYPE:  5",
            "     REQUIRE_SOURCE_ADDRESS:  Yes",
            "SOURCE (2):  ANY",
        ] { #expect(lines.contains(line), "\(line)") }
    }

    @Test func showsThatThereAreKeysAndNoKey() throws {
        let text = try text()
        #expect(!text.contains("5ecret") && !text.contains("NWVjcmV0"))
        let keys = text.split(separator: "\n").filter { $0.contains("KEY") }.map { $0.drop { $0 == " " } }
        #expect(
            keys == [
                "KEY:  <see the access.conf file>", "KEY_BASE64:  <not set>", "KEY_LEN:  8",
                "HMAC_KEY:  <see the access.conf file>", "HMAC_KEY_BASE64:  <see the access.conf file>",
                "HMAC_KEY_LEN:  8", "KEY:  <see the access.conf file>",
                "KEY_BASE64:  <see the access.conf file>",
                "KEY_LEN:  8", "HMAC_KEY:  <see the access.conf file>", "HMAC_KEY_BASE64:  <not set>",
                "HMAC_KEY_LEN:  8",
            ])
    }
}
