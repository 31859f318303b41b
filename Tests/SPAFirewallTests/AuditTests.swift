import SPAFirewall
import SPANet
import Testing

/// What becomes of a probe, asked in few words.
func verdict(_ listing: String, _ door: String, _ isNew: Bool = true, by interface: String = "eth0") throws
    -> AuditVerdict
{
    let service = try #require(Service(door))
    let audit = FirewallAudit(TableListing(parsing: listing), ownChain: "FWKNOP_INPUT")
    return audit.verdict(AuditProbe(isNew ? .new(service) : .established(service), interface: interface))
}

/// A listing with these rules of INPUT, and chains beside it.
func listing(policy: String = "DROP", _ rules: [String], chains: [String: [String]] = [:]) -> String {
    var lines =
        ["*filter", ":INPUT \(policy) [0:0]", ":FWKNOP_INPUT - [0:0]"] + chains.keys.map { ":\($0) - [0:0]" }
    lines += rules.map { "-A INPUT \($0)" }
    for (chain, rules) in chains { lines += rules.map { "-A \(chain) \($0)" } }
    return (lines + ["COMMIT"]).joined(separator: "\n") + "\n"
}

@Suite struct AuditOfSingleRules {
    /// One rule in front of a policy of DROP, and what becomes of a new packet to tcp/22 at eth0.
    static let accepts: [(rule: String, verdict: AuditVerdict)] = [
        ("-j ACCEPT", .accepted), ("-j REJECT --reject-with icmp-port-unreachable", .rejected),
        ("-j LOG", .dropped),
        ("-p tcp -j ACCEPT", .accepted), ("-p udp -j ACCEPT", .dropped), ("-p all -j ACCEPT", .accepted),
        ("-p tcp -m tcp --dport 22 -j ACCEPT", .accepted), ("-p tcp -m tcp --dport 23 -j ACCEPT", .dropped),
        ("-p tcp -m tcp --dport 20:22 -j ACCEPT", .accepted),
        ("-p tcp -m tcp --dport 23:65535 -j ACCEPT", .dropped),
        ("-p tcp -m multiport --dports 80,22,443 -j ACCEPT", .accepted),
        ("-p tcp -m multiport --dports 80,10:30 -j ACCEPT", .accepted),
        ("-p tcp -m multiport --dports 80,443 -j ACCEPT", .dropped),
        ("-i eth0 -j ACCEPT", .accepted), ("-i lo -j ACCEPT", .dropped), ("-i eth+ -j ACCEPT", .accepted),
        ("-i wlan+ -j ACCEPT", .dropped), ("! -i lo -j ACCEPT", .accepted), ("! -i eth0 -j ACCEPT", .dropped),
        ("! -i eth+ -j ACCEPT", .dropped), ("! -i eth1 -p tcp -m tcp --dport 22 -j ACCEPT", .accepted),
        ("-m conntrack --ctstate NEW -j ACCEPT", .accepted), ("-m state --state NEW -j ACCEPT", .accepted),
        ("-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", .dropped),
        ("-p tcp -m tcp --dport 22 --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT", .accepted),
        ("-p tcp -m tcp --tcp-flags SYN,RST SYN -j ACCEPT", .dropped),
        ("-m addrtype --dst-type LOCAL -j ACCEPT", .accepted),
        ("-m addrtype --dst-type MULTICAST -j ACCEPT", .dropped),
        ("-p tcp -m comment --comment ssh -j ACCEPT", .accepted),
        ("-p tcp -m comment --comment \"from -p udp here\" -j ACCEPT", .accepted),
        ("-p tcp -m comment --comment \"say \\\"hi\\\" -p udp\" -j ACCEPT", .accepted),
        ("-p tcp -m comment --comment \"\\\"a\\\"\" -j ACCEPT", .accepted),
        // Conditions that a stranger need not meet.
        ("-s 10.0.0.0/8 -j ACCEPT", .dropped), ("-m mark --mark 0x1 -j ACCEPT", .dropped),
        ("! -p udp -j ACCEPT", .dropped), ("-m limit --limit 3/min -j ACCEPT", .dropped),
        ("-j FWKNOP_INPUT", .dropped),
        ("-j", .dropped), ("-m comment --comment \"open", .dropped),
    ]

    @Test("A rule in front of a drop", arguments: accepts)
    func accept(_ rule: String, _ expected: AuditVerdict) throws {
        #expect(try verdict(listing([rule]), "tcp/22") == expected)
    }

    /// One rule in front of a policy of ACCEPT.
    static let drops: [(rule: String, verdict: AuditVerdict)] = [
        ("-j DROP", .dropped), ("-p tcp -j DROP", .dropped), ("-p udp -j DROP", .accepted),
        ("-p tcp -j REJECT --reject-with tcp-reset", .rejected), ("! -i lo -j DROP", .dropped),
        ("! -i eth0 -j DROP", .accepted), ("-s 10.0.0.0/8 -j DROP", .unknown),
        ("! -s 10.0.0.0/8 -j DROP", .unknown),
        ("-m recent --update --seconds 60 -j REJECT", .unknown),
        ("-m conntrack --ctstate INVALID -j DROP", .accepted),
    ]

    @Test("A rule in front of an accept", arguments: drops)
    func drop(_ rule: String, _ expected: AuditVerdict) throws {
        #expect(try verdict(listing(policy: "ACCEPT", [rule]), "tcp/22") == expected)
    }

    @Test(
        "The policy decides last",
        arguments: [("DROP", .dropped), ("ACCEPT", .accepted), ("QUEUE", .unknown)]
            as [(String, AuditVerdict)])
    func policy(_ policy: String, _ expected: AuditVerdict) throws {
        #expect(try verdict(listing(policy: policy, []), "tcp/22") == expected)
    }

    @Test func anEmptyTableAcceptsAll() throws { #expect(try verdict("", "tcp/22") == .accepted) }
}

@Suite struct AuditOfJumps {
    static let rows: [(rules: [String], chains: [String: [String]], verdict: AuditVerdict)] = [
        (["-j A"], ["A": ["-j ACCEPT"]], .accepted),
        (["-j A", "-j ACCEPT"], ["A": ["-j RETURN", "-j DROP"]], .accepted),
        (["-j A", "-j ACCEPT"], ["A": ["-p tcp -j RETURN", "-j DROP"]], .accepted),
        (["-j A", "-j ACCEPT"], ["A": ["-p udp -j RETURN", "-j REJECT"]], .rejected),
        (["-j A", "-j ACCEPT"], ["A": ["-s 10.0.0.0/8 -j RETURN", "-j DROP"]], .unknown),
        (["-j A"], ["A": ["-s 10.0.0.0/8 -j RETURN", "-j ACCEPT"]], .accepted),
        (["-s 10.0.0.0/8 -j A", "-j ACCEPT"], ["A": ["-j DROP"]], .unknown),
        (["-s 10.0.0.0/8 -j A"], ["A": ["-j ACCEPT"]], .dropped),
        (["-m limit --limit 3/min -j A", "-j ACCEPT"], ["A": ["-j LOG"]], .accepted),
        (["-g A", "-j ACCEPT"], ["A": ["-j LOG"]], .dropped),
        (["-j B", "-j ACCEPT"], ["A": ["-j LOG"], "B": ["-g A", "-j DROP"]], .accepted),
        (["-j A"], ["A": ["-j B"], "B": ["-j A"]], .unknown),
        (["-j FWKNOP_INPUT"], ["FWKNOP_INPUT": ["-s 192.0.2.1/32 -j ACCEPT", "-j ACCEPT"]], .dropped),
        (
            ["-p tcp -m multiport --dports 22 -j f2b"], ["f2b": ["-s 192.0.2.1/32 -j REJECT", "-j RETURN"]],
            .unknown
        ),
    ]

    @Test("Chains are followed", arguments: rows)
    func jumps(_ rules: [String], _ chains: [String: [String]], _ expected: AuditVerdict) throws {
        #expect(try verdict(listing(rules, chains: chains), "tcp/22") == expected)
    }
}

@Suite struct TheWayToOurChain {
    static let cases: [(rules: [String], position: Int, isCutOff: Bool)] = [
        (["-j FWKNOP_INPUT", "-j DROP"], 1, false),
        (["-j DROP", "-j FWKNOP_INPUT"], 1, true),
        (["-p tcp -j REJECT --reject-with tcp-reset", "-j FWKNOP_INPUT"], 1, true),
        (["-p udp -j DROP", "-j FWKNOP_INPUT"], 1, false),
        (["-m conntrack --ctstate INVALID -j DROP", "-j FWKNOP_INPUT"], 1, false),
        (["-j GUARD", "-j FWKNOP_INPUT"], 1, true),
        // Without a jump: where it is going to be.
        (["-i lo -j ACCEPT", "-j DROP"], 1, false),
        (["-i lo -j ACCEPT", "-j DROP"], 2, false),
        (["-i lo -j ACCEPT", "-j DROP"], 3, true),
        (["-j DROP"], 99, true),
        ([], 1, false),
    ]

    @Test("A rule that drops in front of the jump cuts it off", arguments: cases)
    func isFound(_ rules: [String], _ position: Int, _ isCutOff: Bool) throws {
        let service = try #require(Service("tcp/22"))
        let table = TableListing(
            parsing: listing(rules, chains: ["GUARD": ["-p tcp -m tcp --dport 22 -j DROP"]]))
        let probe = AuditProbe(.new(service), interface: "eth0")
        let audit = FirewallAudit(table, ownChain: "FWKNOP_INPUT")
        #expect(audit.isCutOff(probe, parent: "INPUT", position: position) == isCutOff)
    }
}
