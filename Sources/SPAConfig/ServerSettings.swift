/// `spad.conf` (fwknop's `fwknopd.conf`), typed and complete: every default is filled in.
package struct ServerSettings: Sendable, Equatable {
    /// PCAP_INTF; `-i` overrides.
    package var interface = "eth0"
    /// PCAP_FILTER, the administrator's part of the capture filter.
    package var captureFilter = "udp port 62201"
    /// UDP port that the filter's default names; used by the start-up check of the firewall.
    package var knockPort: UInt16 = 62201
    /// ENABLE_PCAP_PROMISC.
    package var promiscuous = false
    /// MAX_SNIFF_BYTES, 1...32768.
    package var snapLength: UInt32 = 1500
    /// ENABLE_SPA_PACKET_AGING; cannot be switched off together with expiring replay entries, so `N` is refused.
    package var checksAge = true
    /// MAX_SPA_PACKET_AGE in seconds, 1...100000, for past and future alike.
    package var maximumPacketAge: UInt32 = 120
    /// FWKNOP_RUN_DIR; `-r` overrides. Absolute.
    package private(set) var runDirectory = "/run/sallyport"
    /// STATE_DIR: the replay store. Absolute. Without an own value it follows an explicit run directory, as
    /// fwknop keeps its replay cache there.
    package private(set) var stateDirectory = "/var/lib/sallyport"
    private var stateDirectoryIsSet = false
    /// FWKNOP_PID_FILE; nil means `spad.pid` in the run directory.
    package var pidFile: String?
    /// ACCESS_FILE; `-a` overrides.
    package var accessFile = "/etc/sallyport/access.conf"
    /// FIREWALL_EXE: the `iptables` program; `-restore` and `-save` are derived from it.
    package var firewallProgram = "/usr/sbin/iptables"
    /// FLUSH_IPT_AT_INIT: remove what an earlier life left in our chain.
    package var flushesAtStart = true
    /// FLUSH_IPT_AT_EXIT: take our chain and jump away at the end.
    package var flushesAtExit = true
    /// IPT_INPUT_ACCESS.
    package var inputChain = ChainSettings.standardInput
    /// ENABLE_IPV6: packets over IPv6 are judged, and doors opened for IPv6 addresses, where the host has IPv6.
    package var opensIPv6 = true
    /// ENABLE_SYN_KNOCK: packets in the payload of a SYN are judged, too.
    package var takesSyn = true
    /// SUPERVISOR_USER, HELPER_USER, WORKER_USER: account names or numbers; nil means the built-in choice.
    package var supervisorUser: String?, helperUser: String?, workerUser: String?
    /// ALLOW_MISSING_LAYERS: words out of `namespaces`, `landlock`, `seccomp`; the server runs without these where the
    /// machine does not have them.
    package var allowedMissingLayers: Set<String> = []
    /// MAX_GRANTS: live grants at one time.
    package var maximumGrants: UInt32 = 16384
    /// MAX_GRANTS_PER_MINUTE.
    package var maximumGrantsPerMinute: UInt32 = 6000
    /// VERBOSE, 0...10; `-v` adds.
    package var verbosity = 0

    package init() {}

    /// FWKNOP_RUN_DIR or `-r`: the state directory goes along unless STATE_DIR was given.
    package mutating func setRunDirectory(_ path: String) {
        runDirectory = path
        if !stateDirectoryIsSet { stateDirectory = path }
    }

    /// STATE_DIR.
    package mutating func setStateDirectory(_ path: String) {
        stateDirectory = path
        stateDirectoryIsSet = true
    }
}

/// One `IPT_*_ACCESS` line: target, table, parent chain, position of the jump, own chain, position of the rules.
package struct ChainSettings: Sendable, Equatable {
    package var target: String, table: String, parent: String, jumpPosition: UInt16, chain: String

    package init(target: String, table: String, parent: String, jumpPosition: UInt16, chain: String) {
        self.target = target
        self.table = table
        self.parent = parent
        self.jumpPosition = jumpPosition
        self.chain = chain
    }

    /// fwknop's default: `ACCEPT, filter, INPUT, 1, FWKNOP_INPUT, 1`.
    package static let standardInput = ChainSettings(
        target: "ACCEPT", table: "filter", parent: "INPUT", jumpPosition: 1, chain: "FWKNOP_INPUT")
}
