import SPAConfig
import Testing

@Suite struct ServerFileRefuses {
    static let rows: [WrongFile] = [
        // The form of lines.
        WrongFile("PCAP_INTF= eth0;\n", 1, 10, "not `=`"),
        WrongFile("PCAP_INTF = eth0;\n", 1, 11, "nothing but a blank"),
        WrongFile("PCAP_INTF: eth0;\n", 1, 10, "remove the `:`"),
        WrongFile("PCAP_INTF\n", 1, 10, "no value"),
        WrongFile("PCAP_INTF ;\n", 1, 11, "no value"),
        WrongFile("PCAP_INTF;\n", 1, 10, "no value"),
        WrongFile("\nPCAP_INTF eth0; eth1;\n", 2, 17, "behind the `;`"),
        WrongFile("VERBOSE 1\n=5ecret\n", 2, 1, "does not start with a name"),
        WrongFile("\u{FEFF}VERBOSE 1\n", 1, 1, "byte order mark"),
        WrongFile("VERBOSE 1\nVERBOSE\u{0} 1\n", 2, 8, "NUL"),
        WrongFile("# a\u{1B}[2J comment\n", 1, 4, "0x1b"),
        WrongFile("# a\rVERBOSE 1\n", 1, 4, "0x0d"),
        WrongFile("# " + String(repeating: "x", count: 1022) + "\n", 1, 1024, "1023 bytes"),
        WrongFile(String(repeating: "\n", count: 1 << 20) + "\n", 0, 0, "1 MiB"),
        // Names.
        WrongFile("PCAP_INFT eth0;\n", 1, 1, "unknown name PCAP_INFT; did you mean PCAP_INTF?"),
        WrongFile("pcap_intf eth0;\n", 1, 1, "did you mean PCAP_INTF?"),
        WrongFile("FROBNICATE Y;\n", 1, 1, "unknown name FROBNICATE; correct it"),
        WrongFile("Ab5ecretKey/x 1\n", 1, 12, "not a name"),
        WrongFile("Ab5ecretKeyx 1\n", 1, 1, "unknown name; correct it"),
        WrongFile("KEY 5ecret\n", 1, 1, "KEY belongs in access.conf"),
        WrongFile("  %include /etc/other;\n", 1, 3, "belongs in access.conf"),
        // Booleans and numbers, read strictly.
        WrongFile("ENABLE_PCAP_PROMISC yep;\n", 1, 21, "neither Y nor N"),
        WrongFile("FLUSH_IPT_AT_EXIT 0;\n", 1, 19, "neither Y nor N"),
        WrongFile("MAX_SPA_PACKET_AGE 12abc;\n", 1, 20, "digits only"),
        WrongFile("MAX_SPA_PACKET_AGE 0;\n", 1, 20, "from 1 to 100000"),
        WrongFile("MAX_SPA_PACKET_AGE 100001;\n", 1, 20, "from 1 to 100000"),
        WrongFile("MAX_SNIFF_BYTES -1;\n", 1, 17, "from 1 to 32768"),
        WrongFile("MAX_SNIFF_BYTES 32769;\n", 1, 17, "from 1 to 32768"),
        WrongFile("VERBOSE 11;\n", 1, 9, "from 0 to 10"),
        WrongFile("MAX_GRANTS 0;\n", 1, 12, "from 1 to 1000000"),
        WrongFile("MAX_GRANTS_PER_MINUTE 99999999999999999999999;\n", 1, 23, "10000000"),
        // What must not be switched off.
        WrongFile("ENABLE_SPA_PACKET_AGING N;\n", 1, 25, "replayed"),
        WrongFile("ENABLE_DIGEST_PERSISTENCE N;\n", 1, 27, "recorded packet"),
        // Texts.
        WrongFile("PCAP_INTF eth0 eth1;\n", 1, 15, "one word"),
        WrongFile("PCAP_INTF \"eth0\";\n", 1, 11, "quotes"),
        WrongFile("PCAP_INTF eth0123456789012;\n", 1, 26, "at most 15"),
        WrongFile("PCAP_INTF ../eth0;\n", 1, 13, "one interface"),
        WrongFile("PCAP_FILTER udp port 62201 \u{E4};\n", 1, 28, "printable ASCII"),
        WrongFile("FWKNOP_RUN_DIR run;\n", 1, 16, "not absolute"),
        WrongFile("STATE_DIR /var/../etc;\n", 1, 11, "`..`"),
        WrongFile("FIREWALL_EXE iptables;\n", 1, 14, "not absolute"),
        WrongFile("FIREWALL_EXE /usr/bin/firewall-cmd;\n", 1, 14, "name an iptables"),
        WrongFile("WORKER_USER root;\n", 1, 13, "root"),
        WrongFile("HELPER_USER a/b;\n", 1, 14, "account name"),
        WrongFile("SUPERVISOR_USER 9spad;\n", 1, 17, "account name"),
        // Variables.
        WrongFile("FWKNOP_PID_FILE $FWKNOP_RUN_DIR/p;\nFWKNOP_RUN_DIR /run/x;\n", 1, 17, "above this line"),
        WrongFile("FWKNOP_PID_FILE $/p;\n", 1, 17, "not followed by a name"),
        WrongFile("FWKNOP_PID_FILE /run/$FWKNOP_RUN_DIR;\n", 1, 22, "at the start of a value only"),
        // The chain.
        WrongFile("IPT_INPUT_ACCESS ACCEPT, filter, INPUT, 1, FWKNOP_INPUT;\n", 1, 18, "5 fields"),
        WrongFile("IPT_INPUT_ACCESS ACCEPT, filter, INPUT, 1, FWKNOP-INPUT, 1;\n", 1, 50, "letters, digits"),
        WrongFile("IPT_INPUT_ACCESS ACCEPT, filter, INPUT, one, FWKNOP_INPUT, 1;\n", 1, 41, "position"),
        WrongFile("IPT_INPUT_ACCESS ACCEPT, filter, INPUT, 65536, FWKNOP_INPUT, 1;\n", 1, 41, "position"),
        WrongFile("IPT_INPUT_ACCESS DROP, filter, INPUT, 1, FWKNOP_INPUT, 1;\n", 1, 18, "ACCEPT"),
        WrongFile("IPT_INPUT_ACCESS ACCEPT, nat, INPUT, 1, FWKNOP_INPUT, 1;\n", 1, 26, "filter"),
        WrongFile("IPT_INPUT_ACCESS ACCEPT, filter, INPUT, 1, INPUT, 1;\n", 1, 44, "same name"),
        WrongFile("IPT_INPUT_ACCESS ACCEPT, filter, INPUT, 1, OUTPUT, 1;\n", 1, 44, "built-in"),
        WrongFile(
            "IPT_INPUT_ACCESS ACCEPT, filter, INPUT, 1, \(String(repeating: "C", count: 29)), 1;\n", 1, 44,
            "28 bytes"),
        // Known and not supported.
        WrongFile("ENABLE_UDP_SERVER Y;\n", 1, 19, "known, not supported yet"),
        WrongFile("ENABLE_UDP_SERVER maybe;\n", 1, 19, "neither Y nor N"),
        WrongFile("ENABLE_IPT_FORWARDING Y;\n", 1, 23, "NAT"),
        WrongFile("PCAP_FILE /tmp/x.pcap;\n", 1, 11, "known, not supported yet"),
        WrongFile("ACCESS_FOLDER /etc/fwknop/d;\n", 1, 15, "one ACCESS_FILE"),
        WrongFile("ENABLE_NFQ_CAPTURE Y;\n", 1, 20, "NFQUEUE"),
        WrongFile("FIREWD_INPUT_ACCESS ACCEPT, filter, INPUT, 1, FWKNOP_INPUT, 1;\n", 1, 21, "firewalld"),
        WrongFile("IPFW_START_RULE_NUM 10000;\n", 1, 21, "ipfw"),
        WrongFile("PF_ANCHOR_NAME fwknop;\n", 1, 16, "BSD"),
        WrongFile("BLACKLIST 192.0.2.1;\n", 1, 11, "known, not supported yet"),
    ]

    @Test(arguments: rows) func aWrongFileWithPlaceAndReason(_ row: WrongFile) { row.check(.conf) }

    @Test func everyWrongLineAtOnceInFileOrder() {
        let text = "PCAP_INTF eth0 x;\nFROBNICATE 1;\nVERBOSE x;\nMAX_GRANTS 5;\nSTATE_DIR a;\n"
        let problems = FileKind.conf.problems(Array(text.utf8))
        #expect(problems.map(\.line) == [1, 2, 3, 5])
    }

    @Test func aFileOfJunkWithABoundedList() {
        let text = String(repeating: "JUNK 1\n", count: 100_000)
        let problems = FileKind.conf.problems(Array(text.utf8))
        #expect(problems.count == 1001)
        #expect(problems.last?.reason.contains("99000 more") == true)
    }

    @Test func anUTF16File() {
        let problems = FileKind.conf.problems([0xFF, 0xFE, 0x56, 0, 0x45, 0])
        #expect(
            problems.map(\.description) == [
                "f:1:1: the file is UTF-16; save it as plain ASCII or UTF-8 without a byte order mark"
            ])
    }
}
