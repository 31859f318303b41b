import SPAConfig
import Testing

@Suite struct ServerFile {
    /// One line and what it changes of the defaults.
    struct Row: Sendable, CustomTestStringConvertible {
        let text: String
        let change: @Sendable (inout ServerSettings) -> Void
        var testDescription: String { text }

        init(_ text: String, _ change: @escaping @Sendable (inout ServerSettings) -> Void) {
            (self.text, self.change) = (text, change)
        }
    }

    static let rows: [Row] = [
        Row("") { _ in },
        Row("# a comment\n; another\n   # and an indented one\n\n\t\n") { _ in },
        Row("PCAP_INTF wlan0.7;") { $0.interface = "wlan0.7" },
        Row("   PCAP_INTF \t wlan0  ;  # said twice") { $0.interface = "wlan0" },
        Row("PCAP_INTF wlan0\r\nVERBOSE 2\r\n") {
            $0.interface = "wlan0"
            $0.verbosity = 2
        },
        Row("PCAP_FILTER udp dst port 4000;") {
            $0.captureFilter = "udp dst port 4000"
            $0.knockPort = 4000
        },
        Row("PCAP_FILTER udp and src port 53 and (dst port 4001);") {
            $0.captureFilter = "udp and src port 53 and (dst port 4001)"
            $0.knockPort = 4001
        },
        Row("PCAP_FILTER udp;") { $0.captureFilter = "udp" },
        Row("ENABLE_PCAP_PROMISC yes;") { $0.promiscuous = true },
        Row("ENABLE_PCAP_PROMISC No;") { _ in },
        Row("MAX_SNIFF_BYTES 32768;") { $0.snapLength = 32768 },
        Row("ENABLE_SPA_PACKET_AGING Y;") { _ in },
        Row("MAX_SPA_PACKET_AGE 100000;") { $0.maximumPacketAge = 100_000 },
        Row("ENABLE_DIGEST_PERSISTENCE Y;") { _ in },
        Row("FWKNOP_RUN_DIR /run/x;") { $0.setRunDirectory("/run/x") },
        Row("STATE_DIR /var/x;\nFWKNOP_RUN_DIR /run/x;") {
            $0.setStateDirectory("/var/x")
            $0.setRunDirectory("/run/x")
        },
        Row("FWKNOP_RUN_DIR /run/x;\nFWKNOP_PID_FILE $FWKNOP_RUN_DIR/a.pid;") {
            $0.setRunDirectory("/run/x")
            $0.pidFile = "/run/x/a.pid"
        },
        Row("FWKNOP_CONF_DIR /etc/x;\nACCESS_FILE $FWKNOP_CONF_DIR/access.conf;") {
            $0.accessFile = "/etc/x/access.conf"
        },
        Row("FIREWALL_EXE /sbin/iptables;") { $0.firewallProgram = "/sbin/iptables" },
        Row("FLUSH_IPT_AT_INIT N;") { $0.flushesAtStart = false },
        Row("FLUSH_IPT_AT_EXIT n;") { $0.flushesAtExit = false },
        Row("IPT_INPUT_ACCESS ACCEPT,filter , MY_IN, 65535, SPA_1, 0;") {
            $0.inputChain = ChainSettings(
                target: "ACCEPT", table: "filter", parent: "MY_IN", jumpPosition: 65535, chain: "SPA_1")
        },
        Row("SUPERVISOR_USER spad;\nHELPER_USER spad-helper;\nWORKER_USER 65534;") {
            $0.supervisorUser = "spad"
            $0.helperUser = "spad-helper"
            $0.workerUser = "65534"
        },
        Row("MAX_GRANTS 1000000;\nMAX_GRANTS_PER_MINUTE 10000000;") {
            $0.maximumGrants = 1_000_000
            $0.maximumGrantsPerMinute = 10_000_000
        },
        Row("VERBOSE 10") { $0.verbosity = 10 },
    ]

    @Test(arguments: rows) func saysWhatItsLinesSay(_ row: Row) throws {
        var expected = ServerSettings()
        row.change(&expected)
        let parsed = try server(row.text)
        #expect(parsed.value == expected)
        #expect(parsed.warnings.filter { !$0.reason.contains("FWKNOP_CONF_DIR") }.isEmpty)
    }

    @Test func keepsTheStateInTheRunDirectoryUnlessToldOtherwise() throws {
        #expect(try server("").value.stateDirectory == "/var/lib/sallyport")
        #expect(try server("FWKNOP_RUN_DIR /run/x").value.stateDirectory == "/run/x")
        #expect(try server("FWKNOP_RUN_DIR /run/x\nSTATE_DIR /s").value.stateDirectory == "/s")
        #expect(try server("STATE_DIR /s\nFWKNOP_RUN_DIR /run/x").value.stateDirectory == "/s")
    }

    /// A whole file as a distribution ships it, every line active and at the default.
    static let stock = """
        # fwknopd server configuration
        VERBOSE                     0;
        PCAP_INTF                   eth0;
        ENABLE_PCAP_PROMISC         N;
        PCAP_FILTER                 udp port 62201;
        ENABLE_NFQ_CAPTURE          N;
        NFQ_INTERFACE               eth0;
        NFQ_PORT                    62201;
        NFQ_TABLE                   mangle;
        NFQ_CHAIN                   FWKNOP_NFQ;
        NFQ_QUEUE_NUMBER            1;
        NFQ_LOOP_SLEEP              500000;
        ENABLE_SPA_PACKET_AGING     Y;
        MAX_SPA_PACKET_AGE          120;
        ENABLE_DIGEST_PERSISTENCE   Y;
        PCAP_DISPATCH_COUNT         0;
        PCAP_LOOP_SLEEP             100000;
        EXIT_AT_INTF_DOWN           Y;
        ENABLE_PCAP_ANY_DIRECTION   N;
        MAX_SNIFF_BYTES             1500;
        RULES_CHECK_THRESHOLD       20;
        CMD_EXEC_TIMEOUT            10;
        GPG_HOME_DIR                /root/.gnupg;
        GPG_EXE                     /usr/bin/gpg;
        SUDO_EXE                    /usr/bin/sudo;
        ENABLE_SPA_OVER_HTTP        N;
        ALLOW_ANY_USER_AGENT        N;
        ENABLE_DESTINATION_RULE     N;
        ENABLE_NAT_DNS              Y;
        ENABLE_X_FORWARDED_FOR      N;
        ENABLE_RULE_PREPEND         N;
        ENABLE_TCP_SERVER           N;
        TCPSERV_PORT                62201;
        ENABLE_UDP_SERVER           N;
        UDPSERV_PORT                62201;
        UDPSERV_SELECT_TIMEOUT      500000;
        LOCALE                      C;
        SYSLOG_IDENTITY             fwknopd;
        SYSLOG_FACILITY             LOG_DAEMON;
        ENABLE_EXTERNAL_CMDS        N;
        EXTERNAL_CMD_OPEN           __NONE__;
        EXTERNAL_CMD_CLOSE          __NONE__;
        EXTERNAL_CMD_ALARM          30;
        ENABLE_EXT_CMD_PREFIX       N;
        EXT_CMD_PREFIX              FWKNOP_;
        IPT_EXEC_TRIES              1;
        ENABLE_FIREWD_FORWARDING    N;
        ENABLE_FIREWD_COMMENT_CHECK Y;
        FLUSH_IPT_AT_INIT           Y;
        FLUSH_IPT_AT_EXIT           Y;
        ENABLE_IPT_FORWARDING       N;
        ENABLE_IPT_LOCAL_NAT        N;
        ENABLE_IPT_SNAT             N;
        SNAT_TRANSLATE_IP           __CHANGEME__;
        ENABLE_IPT_OUTPUT           N;
        IPT_INPUT_ACCESS            ACCEPT, filter, INPUT, 1, FWKNOP_INPUT, 1;
        IPT_OUTPUT_ACCESS           ACCEPT, filter, OUTPUT, 1, FWKNOP_OUTPUT, 1;
        IPT_FORWARD_ACCESS          ACCEPT, filter, FORWARD, 1, FWKNOP_FORWARD, 1;
        IPT_DNAT_ACCESS             DNAT, nat, PREROUTING, 1, FWKNOP_PREROUTING, 1;
        IPT_SNAT_ACCESS             SNAT, nat, POSTROUTING, 1, FWKNOP_POSTROUTING, 1;
        IPT_MASQUERADE_ACCESS       MASQUERADE, nat, POSTROUTING, 1, FWKNOP_MASQUERADE, 1;
        ENABLE_IPT_COMMENT_CHECK    Y;
        FWKNOP_RUN_DIR              /var/run/fwknop;
        FWKNOP_CONF_DIR             /etc/fwknop;
        ACCESS_FILE                 $FWKNOP_CONF_DIR/access.conf;
        FWKNOP_PID_FILE             $FWKNOP_RUN_DIR/fwknopd.pid;
        DIGEST_FILE                 $FWKNOP_RUN_DIR/digest.cache;
        DIGEST_DB_FILE              $FWKNOP_RUN_DIR/digest_db.cache;
        FIREWALL_EXE                /sbin/iptables;
        """

    @Test func asADistributionShipsItLoads() throws {
        let parsed = try server(Self.stock)
        #expect(parsed.value.pidFile == "/var/run/fwknop/fwknopd.pid")
        #expect(parsed.value.accessFile == "/etc/fwknop/access.conf")
        let ignored = parsed.warnings.filter { $0.reason.contains("known, not supported yet: ignored") }
        #expect(ignored.count == parsed.warnings.count)
        #expect(ignored.contains { $0.line == 16 && $0.reason.hasPrefix("PCAP_DISPATCH_COUNT: ") })
        #expect(ignored.contains { $0.line == 34 && $0.reason.hasPrefix("ENABLE_UDP_SERVER: ") })
        #expect(!ignored.contains { $0.reason.hasPrefix("PCAP_INTF") })
    }

    @Test func warnsOfANameThatIsSetTwice() throws {
        let parsed = try server("VERBOSE 1\nVERBOSE 2\n")
        #expect(parsed.value.verbosity == 2)
        #expect(
            parsed.warnings.map(\.description) == [
                "spad.conf:2:1: VERBOSE is set in line 1 already; this one counts"
            ])
    }

    @Test func mayBeOneMebibyteWithLinesOf1023Bytes() throws {
        let line = "#" + String(repeating: "x", count: 1022) + "\n"
        #expect(try server(String(repeating: line, count: 1024)).warnings.isEmpty)
    }
}
