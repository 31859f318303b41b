import SPAFirewall
import SPANet
import Testing

@Suite struct GrantRules {
    private func rule(
        _ door: String = "tcp/22", from source: String = "198.51.100.9", start: Int64 = 1_795_244_709,
        end: Int64 = 1_795_244_740
    ) throws -> GrantRule {
        GrantRule(
            source: try #require(IPAddress(source)), service: try #require(Service(door)),
            start: start,
            end: end)
    }

    @Test func theTextIsWhatIptablesSavePrints() throws {
        #expect(
            try rule().arguments
                == "-s 198.51.100.9/32 -p tcp -m tcp --dport 22 -m time --datestart 2026-11-21T07:05:09 --datestop"
                + " 2026-11-21T07:05:39 -m comment --comment _exp_1795244740 -j ACCEPT")
        #expect(
            try rule("udp/53").arguments.hasPrefix("-s 198.51.100.9/32 -p udp -m udp --dport 53 -m time "))
    }

    @Test func theMatchEndsTheSecondBeforeTheEndThatTheCommentNames() throws {
        // datestop is included in the match.
        let arguments = try rule(start: 0, end: 951_868_800).arguments
        #expect(arguments.contains("--datestop 2000-02-29T23:59:59"))
        #expect(arguments.contains("_exp_951868800"))
    }

    @Test("A listed rule is read back, with and without quotes", arguments: ["tcp/22", "udp/65535"])
    func readBack(_ door: String) throws {
        let rule = try rule(door)
        #expect(GrantRule(listed: rule.arguments) == rule)
        let quoted = rule.arguments.replacing("_exp_1795244740", with: "\"_exp_1795244740\"")
        #expect(GrantRule(listed: quoted) == rule)
    }

    /// What is replaced in a good rule, and by what.
    static let strange: [(String, String)] = [
        ("/32", "/24"), ("-s 198.51.100.9/32 ", ""), ("-p tcp -m tcp", "-p udp -m tcp"), ("22", "0"),
        ("22", "022"),
        ("--datestart 2026-11-21T07:05:09 ", ""), ("--datestop 2026-11-21T07:05:39 ", ""), ("05:39", "05:40"),
        ("ACCEPT", "DROP"), ("_exp_1795244740", "_exp_1795244741"),
        ("_exp_1795244740", "_exp_9223372036854775807"),
        ("_exp_", "_exp_-"), ("_exp_1795244740", "_exp_0"), ("-s ", "-i lo -s "), ("-s ", "! -s "),
        (" -j", " -j LOG -j"),
        ("-m comment", "-m limit --limit 1/sec -m comment"),
    ]

    @Test("A rule of any other shape is not ours", arguments: strange)
    func notOurs(_ part: String, _ instead: String) throws {
        let good = try rule().arguments
        let changed = good.replacing(part, with: instead)
        #expect(changed != good)
        #expect(GrantRule(listed: changed) == nil)
    }

    @Test("An IPv6 rule is one address's too", arguments: ["2001:db8::2", "::1", "fe80::1:0:0:1", "fd00::"])
    func ipv6(_ source: String) throws {
        let rule = try rule(from: source)
        #expect(rule.arguments.hasPrefix("-s \(source)/128 -p tcp -m tcp --dport 22 -m time "))
        #expect(GrantRule(listed: rule.arguments) == rule)
        for other in ["/64", "/32", ""] {
            #expect(GrantRule(listed: rule.arguments.replacing("/128", with: other)) == nil)
        }
        #expect(GrantRule(listed: rule.arguments.replacing(source, with: "2001:DB8::2")) == nil)
    }

    /// An address and a length, and how a listing shows them.
    static let networks: [(String, Int, String)] = [
        ("198.51.100.0", 24, "198.51.100.0/24"), ("198.51.100.128", 31, "198.51.100.128/31"),
        ("2001:db8:0:1::", 64, "2001:db8:0:1::/64"), ("2001:db8::8000:0", 97, "2001:db8::8000:0/97"),
    ]

    @Test("The rule of a prefix has the kernel follow connections, and is read back", arguments: networks)
    func prefixes(_ base: String, _ length: Int, _ shown: String) throws {
        let address = try #require(IPAddress(base))
        let network = try #require(IPNetwork(address, prefixLength: length))
        let rule = GrantRule(network: network, service: try #require(Service("tcp/22")), start: 5, end: 99)
        #expect(
            rule.arguments.hasPrefix(
                "-s \(shown) -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW,ESTABLISHED -m time --datestart"
            ))
        #expect(GrantRule(listed: rule.arguments) == rule)
        for (part, instead) in [
            (shown, "\(base)/\(length - 24)"), (shown, "\(base)/0"), (shown, base),
            ("/\(length)", "/+\(length)"),
            (" -m conntrack --ctstate NEW,ESTABLISHED", ""), ("NEW,ESTABLISHED", "NEW"),
            (shown, shown.replacing("/\(length)", with: "/255.255.255.0")),
        ] {
            #expect(
                GrantRule(listed: rule.arguments.replacing(part, with: instead)) == nil, "\(part) \(instead)")
        }
    }

    @Test func aPrefixWithHostBitsOrWiderThanEverGrantedIsNotOurs() throws {
        let good =
            "-s 198.51.100.0/24 -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW,ESTABLISHED -m time"
            + " --datestart 1970-01-01T00:00:05 --datestop 1970-01-01T00:01:38 -m comment --comment _exp_99 -j ACCEPT"
        #expect(GrantRule(listed: good) != nil)
        for other in [
            "198.51.100.1/24", "198.51.100.0/23", "0.0.0.0/0", "2001:db8::/63", "2001:db8::1/64", "::/0",
        ] {
            #expect(GrantRule(listed: good.replacing("198.51.100.0/24", with: other)) == nil, "\(other)")
        }
    }

    @Test func aListingReadsTheEndBack() throws {
        let listed = TableListing.Rule(chain: "X", arguments: try rule().arguments)
        #expect(listed.markedEnd == 1_795_244_740)
    }

    static let comments: [(comment: String, end: Int64?)] = [
        ("_exp_12", 12), ("\"_exp_12\"", 12), ("_exp_0", 0), ("\"_exp_12 foo\"", nil), ("\"_exp_12", nil),
        ("_exp_12\"", nil), ("_exp_", nil), ("_exp_1x", nil), ("_exp_-1", nil), ("_exp_+1", nil),
        ("x_exp_1", nil),
        ("_exp_99999999999999999999", nil), ("\"", nil), ("\"\"", nil), ("_EXP_12", nil), ("_exp_1٣", nil),
    ]

    @Test("Only _exp_ and a number, alone in the comment, is our mark", arguments: comments)
    func marks(_ comment: String, _ end: Int64?) {
        let arguments = "-s 192.0.2.1/32 -m comment --comment \(comment) -j ACCEPT"
        #expect(TableListing.Rule(chain: "X", arguments: arguments).markedEnd == end)
    }

    @Test(
        "A rule without a comment has no mark", arguments: ["-j ACCEPT", "--comment", "-m comment --comment"])
    func noMark(_ arguments: String) {
        #expect(TableListing.Rule(chain: "X", arguments: arguments).markedEnd == nil)
    }
}

@Suite struct RestoreScripts {
    @Test func aScriptIsOneTransaction() throws {
        let rule = GrantRule(
            source: try #require(IPAddress("192.0.2.1")), service: try #require(Service("tcp/22")),
            start: 0, end: 9)
        var script = RestoreScript()
        #expect(script.isEmpty)
        script.newChain("OURS")
        script.insertJump(from: "INPUT", position: 0, to: "OURS")
        script.append(rule, to: "OURS")
        script.delete(rule, from: "OURS")
        script.delete("-j LOG", from: "OURS")
        script.deleteJump(from: "INPUT", to: "OURS")
        script.removeChain("OURS")
        #expect(!script.isEmpty)
        let lines = [
            "*filter", "-N OURS", "-I INPUT 1 -j OURS", "-A OURS \(rule.arguments)",
            "-D OURS \(rule.arguments)",
            "-D OURS -j LOG", "-D INPUT -j OURS", "-X OURS", "COMMIT",
        ]
        #expect(script.text() == lines.map { $0 + "\n" }.joined())
        #expect(script.text(acknowledgement: 7) == script.text() + "# done 7\n")
        #expect(RestoreScript.acknowledgement(7) == "# done 7")
    }
}
