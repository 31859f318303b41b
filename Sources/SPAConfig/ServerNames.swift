/// The names of `spad.conf` that are acted on: fwknop's and ours.
enum ServerName: String, CaseIterable, Sendable {
    case interface = "PCAP_INTF"
    case filter = "PCAP_FILTER"
    case promiscuous = "ENABLE_PCAP_PROMISC"
    case snapLength = "MAX_SNIFF_BYTES"
    case aging = "ENABLE_SPA_PACKET_AGING"
    case packetAge = "MAX_SPA_PACKET_AGE"
    case persistence = "ENABLE_DIGEST_PERSISTENCE"
    case runDirectory = "FWKNOP_RUN_DIR"
    case stateDirectory = "STATE_DIR"
    case pidFile = "FWKNOP_PID_FILE"
    case accessFile = "ACCESS_FILE"
    case firewallProgram = "FIREWALL_EXE"
    case flushAtStart = "FLUSH_IPT_AT_INIT"
    case flushAtExit = "FLUSH_IPT_AT_EXIT"
    case inputChain = "IPT_INPUT_ACCESS"
    case ipv6 = "ENABLE_IPV6"
    case syn = "ENABLE_SYN_KNOCK"
    case supervisorUser = "SUPERVISOR_USER"
    case helperUser = "HELPER_USER"
    case workerUser = "WORKER_USER"
    case allowedMissingLayers = "ALLOW_MISSING_LAYERS"
    case maximumGrants = "MAX_GRANTS"
    case grantsPerMinute = "MAX_GRANTS_PER_MINUTE"
    case verbosity = "VERBOSE"

    static let table = NameTable<ServerName>(unsupported: unsupported)

    /// fwknop's other names, those of its other builds, and those that its own templates still carry.
    private static let unsupported: [String: Unsupported] = {
        var names: [String: Unsupported] = [
            "PCAP_DISPATCH_COUNT": .noEffect("the server waits for packets and does not poll"),
            "PCAP_LOOP_SLEEP": .noEffect("the server waits for packets and does not poll"),
            "UDPSERV_SELECT_TIMEOUT": .noEffect("the server waits for packets and does not poll"),
            "RULES_CHECK_THRESHOLD": .noEffect("each grant has its own clock"),
            "EXIT_AT_INTF_DOWN": .noEffect("an interface that is gone is waited for"),
            "DIGEST_FILE": .noEffect("the replay store lies in STATE_DIR"),
            "DIGEST_DB_FILE": .noEffect("the replay store lies in STATE_DIR"),
            "FWKNOP_CONF_DIR": .noEffect("give full paths"),
            "SYSLOG_IDENTITY": .noEffect("the service manager names the log"),
            "SYSLOG_FACILITY": .noEffect("the service manager names the log"),
            "LOCALE": .noEffect("messages have one language"),
            "TCPSERV_PORT": .noEffect("there is no TCP server"),
            "UDPSERV_PORT": .noEffect("there is no UDP server"),
            "ENABLE_NAT_DNS": .noEffect("there is no NAT access"),
            "SNAT_TRANSLATE_IP": .noEffect("there is no NAT access"),
            "IPT_OUTPUT_ACCESS": .noEffect("only IPT_INPUT_ACCESS is used"),
            "IPT_FORWARD_ACCESS": .noEffect("there is no NAT access"),
            "IPT_DNAT_ACCESS": .noEffect("there is no NAT access"),
            "IPT_SNAT_ACCESS": .noEffect("there is no NAT access"),
            "IPT_MASQUERADE_ACCESS": .noEffect("there is no NAT access"),
            "ENABLE_IPT_COMMENT_CHECK": .noEffect("no rule is put in to try"),
            "GPG_HOME_DIR": .noEffect("GnuPG is not used"),
            "GPG_EXE": .noEffect("GnuPG is not used"),
            "SUDO_EXE": .noEffect("no command is run"),
            "CMD_EXEC_TIMEOUT": .noEffect("no command is run"),
            "ENABLE_PCAP_ANY_DIRECTION": .switchedOff("capture of outgoing packets"),
            "ENABLE_TCP_SERVER": .switchedOff("the TCP server; knocks come over UDP"),
            "ENABLE_UDP_SERVER": .switchedOff("the UDP server; packets are captured"),
            "ENABLE_SPA_OVER_HTTP": .switchedOff("knocks over HTTP"),
            "ALLOW_ANY_USER_AGENT": .switchedOff("knocks over HTTP"),
            "ENABLE_X_FORWARDED_FOR": .switchedOff("addresses from a forged header; never trusted"),
            "ENABLE_DESTINATION_RULE": .switchedOff("the packet's destination in the rule"),
            "ENABLE_RULE_PREPEND": .switchedOff("another order of the rules"),
            "ENABLE_IPT_FORWARDING": .switchedOff("NAT access"),
            "ENABLE_IPT_LOCAL_NAT": .switchedOff("NAT access"),
            "ENABLE_IPT_SNAT": .switchedOff("NAT access"),
            "ENABLE_IPT_OUTPUT": .switchedOff("rules in OUTPUT; accept established traffic there"),
            "PCAP_FILE": .refused("packets are read from an interface; remove the line"),
            "ACCESS_FOLDER": .refused("put the stanzas into one ACCESS_FILE"),
            "BLACKLIST": .refused("fwknop ignores it too; block addresses in the firewall"),
            "CONFIG_FILE": .refused("a name inside fwknop; use the option -c"),
            "OVERRIDE_CONFIG": .refused("a name inside fwknop; use the option -c"),
            "FAULT_INJECTION_TAG": .refused("a name of fwknop's test builds; remove the line"),
            "AFL_PKT_FILE": .refused("a name of fwknop's test builds; remove the line"),
            "ENABLE_EXTERNAL_CMDS": .switchedOff("commands of old versions, gone from fwknop too"),
            "ENABLE_EXT_CMD_PREFIX": .switchedOff("commands of old versions, gone from fwknop too"),
            "ENABLE_NFQ_CAPTURE": .switchedOff(
                "capture through NFQUEUE; packets are captured at an interface"),
        ]
        for name in [
            "EXTERNAL_CMD_OPEN", "EXTERNAL_CMD_CLOSE", "EXTERNAL_CMD_ALARM", "EXT_CMD_PREFIX",
            "IPT_EXEC_TRIES",
        ] { names[name] = .noEffect("gone from fwknop too") }
        for name in ["INTERFACE", "PORT", "TABLE", "CHAIN", "QUEUE_NUMBER", "LOOP_SLEEP"] {
            names["NFQ_" + name] = .noEffect("for fwknop's NFQUEUE builds")
        }
        for name in ["FORWARDING", "LOCAL_NAT", "SNAT", "OUTPUT"] {
            names["ENABLE_FIREWD_" + name] = .switchedOff(
                "for fwknop's firewalld builds, NAT access and OUTPUT rules")
        }
        names["ENABLE_FIREWD_COMMENT_CHECK"] = .noEffect("for fwknop's firewalld builds")
        for name in ["INPUT", "OUTPUT", "FORWARD", "DNAT", "SNAT", "MASQUERADE"] {
            names["FIREWD_\(name)_ACCESS"] = .refused(
                "for fwknop's firewalld builds; use IPT_INPUT_ACCESS for the chain")
        }
        for name in ["FLUSH_FIREWD_AT_INIT", "FLUSH_FIREWD_AT_EXIT"] {
            names[name] = .refused(
                "for fwknop's firewalld builds; use FLUSH_IPT_AT_INIT and FLUSH_IPT_AT_EXIT")
        }
        for name in [
            "FLUSH_IPFW_AT_INIT", "FLUSH_IPFW_AT_EXIT", "IPFW_START_RULE_NUM", "IPFW_MAX_RULES",
            "IPFW_ACTIVE_SET_NUM", "IPFW_EXPIRE_SET_NUM", "IPFW_EXPIRE_PURGE_INTERVAL",
            "IPFW_ADD_CHECK_STATE",
        ] { names[name] = .refused("for FreeBSD's ipfw; remove the line on Linux") }
        for name in ["PF_ANCHOR_NAME", "PF_EXPIRE_INTERVAL"] {
            names[name] = .refused("for the BSD packet filter pf; remove the line on Linux")
        }
        return names
    }()
}
