import SPAFirewall
import Testing

@testable import SPAHelper

@Suite struct ChainPlans {
    private let plan = ChainPlan(chain: "OURS", parent: "INPUT", jumpPosition: 1)

    private func table(_ rules: [String], hasChain: Bool = true) -> TableListing {
        let chains = [":INPUT DROP [0:0]"] + (hasChain ? [":OURS - [0:0]"] : [])
        return TableListing(
            parsing: (["*filter"] + chains + rules.map { "-A " + $0 } + ["COMMIT"]).joined(separator: "\n"))
    }

    /// The lines between `*filter` and `COMMIT`.
    private func lines(_ script: RestoreScript) -> [String] {
        script.text().split(separator: "\n").dropFirst().dropLast().map(String.init)
    }

    @Test func whatIsMissingIsMade() {
        #expect(lines(plan.repair(table([], hasChain: false)).script) == ["-N OURS", "-I INPUT 1 -j OURS"])
        #expect(lines(plan.repair(table([])).script) == ["-I INPUT 1 -j OURS"])
        #expect(plan.repair(table(["INPUT -j OURS"])).script.isEmpty)
        #expect(plan.repair(table(["INPUT -j ACCEPT", "INPUT -j OURS"])).script.isEmpty)
        #expect(!plan.repair(table(["INPUT -i eth0 -j OURS"])).script.isEmpty)
        #expect(!plan.repair(table(["FORWARD -j OURS"])).script.isEmpty)
    }

    @Test(
        "The jump stands where it is wanted, or last",
        arguments: [(0, 1), (1, 1), (2, 2), (3, 3), (4, 3), (.max, 3)] as [(UInt16, Int)])
    func position(_ wanted: UInt16, _ given: Int) {
        let plan = ChainPlan(chain: "OURS", parent: "INPUT", jumpPosition: wanted)
        #expect(
            lines(plan.repair(table(["INPUT -i lo -j ACCEPT", "INPUT -j LOG"])).script) == [
                "-I INPUT \(given) -j OURS"
            ])
    }

    /// Rules of INPUT, where the jump is wanted, and what is to be done.
    static let orders: [(rules: [String], wanted: UInt16, lines: [String])] = [
        (["-p tcp -j DROP", "-j OURS"], 1, ["-D INPUT -j OURS", "-I INPUT 1 -j OURS"]),
        (["-i lo -j ACCEPT", "-j REJECT", "-j OURS"], 2, ["-D INPUT -j OURS", "-I INPUT 2 -j OURS"]),
        (
            ["-p tcp -j DROP", "-j OURS", "-j OURS"], 1,
            ["-D INPUT -j OURS", "-D INPUT -j OURS", "-I INPUT 1 -j OURS"]
        ),
        // Nothing drops it before, or nobody knows.
        (["-i lo -j ACCEPT", "-j OURS", "-j DROP"], 1, []), (["-s 192.0.2.0/24 -j DROP", "-j OURS"], 1, []),
        (["-p udp -j DROP", "-j OURS"], 1, []), (["-i eth1 -j DROP", "-j OURS"], 1, []),
        // Where it is wanted it would be no better off.
        (["-p tcp -j DROP", "-j OURS"], 2, []),
    ]

    @Test("A jump that no packet reaches is moved to where it is wanted", arguments: orders)
    func order(_ rules: [String], _ wanted: UInt16, _ expected: [String]) throws {
        let plan = ChainPlan(
            chain: "OURS", parent: "INPUT", jumpPosition: wanted, interface: "eth0",
            guarded: [try Sample.service("tcp/22")])
        let repair = plan.repair(table(rules.map { "INPUT " + $0 }))
        #expect(lines(repair.script) == expected)
        #expect((repair.moved == nil) == expected.isEmpty)
        #expect(repair.made.isEmpty)
    }

    @Test func grantsOfAnEarlierLifeGoOnWithinBounds() throws {
        let rules = [
            try Sample.rule("192.0.2.1", start: 90, end: 150),
            try Sample.rule("192.0.2.1", start: 95, end: 160),
            try Sample.rule("192.0.2.2", start: 90, end: 100),
            try Sample.rule("192.0.2.3", start: 101, end: 160),
            try Sample.rule("192.0.2.4", start: 90, end: 201),
            try Sample.rule("192.0.2.5", start: 90, end: 200),
            try Sample.rule("192.0.2.1", "tcp/23", start: 90, end: 140),
        ]
        let table = table(foreign + rules.map { "OURS \($0.arguments)" } + ["INPUT \(rules[5].arguments)"])
        let all = plan.adoptable(table, now: 100, longest: 100, most: 10)
        #expect(all == [rules[5], rules[1], rules[6]])
        #expect(plan.adoptable(table, now: 100, longest: 100, most: 2) == [rules[5], rules[1]])
        #expect(plan.adoptable(table, now: 100, longest: 100, most: 0).isEmpty)
        #expect(plan.adoptable(table, now: 100, longest: 0, most: 10).isEmpty)
    }

    private let foreign = [
        "OURS -s 192.0.2.9/32 -j ACCEPT", "OURS -m comment --comment \"_exp_5 not ours\" -j ACCEPT",
        "OURS -m comment --comment other -j ACCEPT", "INPUT -m comment --comment _exp_5 -j ACCEPT",
    ]

    @Test func sweepingTakesOurMarkAndLeavesTheRest() throws {
        let (kept, gone) = (try Sample.rule(end: 41), try Sample.rule(end: 42))
        var script = RestoreScript()
        let count = plan.sweep(
            table(foreign + ["OURS \(kept.arguments)", "OURS \(gone.arguments)"]), keeping: [kept],
            into: &script)
        #expect(count == 1)
        #expect(lines(script) == ["-D OURS \(gone.arguments)"])
    }

    @Test func ofARuleThatStandsTwiceOneGoes() throws {
        let rule = try Sample.rule()
        var script = RestoreScript()
        #expect(
            plan.sweep(
                table(["OURS \(rule.arguments)", "OURS \(rule.arguments)"]), keeping: [rule], into: &script)
                == 1)
        #expect(lines(script) == ["-D OURS \(rule.arguments)"])
    }

    @Test func aMarkInQuotesIsTheSame() throws {
        let rule = try Sample.rule()
        let quoted = rule.arguments.replacing("_exp_41", with: "\"_exp_41\"")
        var script = RestoreScript()
        #expect(plan.sweep(table(["OURS \(quoted)"]), keeping: [rule], into: &script) == 0)
        #expect(plan.sweep(table(["OURS \(quoted)"]), keeping: [], into: &script) == 1)
        #expect(lines(script) == ["-D OURS \(quoted)"])
    }

    @Test func removalTakesGrantsJumpsAndChain() throws {
        let rule = try Sample.rule()
        let (script, foreign) = plan.removal(
            table(["INPUT -j OURS", "FORWARD -j OURS", "INPUT -j OURS2", "OURS \(rule.arguments)"]))
        #expect(foreign == 0)
        #expect(
            lines(script) == [
                "-D OURS \(rule.arguments)", "-D INPUT -j OURS", "-D FORWARD -j OURS", "-X OURS",
            ])
    }

    @Test func removalLeavesAChainThatSomebodyElseUses() throws {
        let rule = try Sample.rule()
        let (script, count) = plan.removal(table(foreign + ["INPUT -j OURS", "OURS \(rule.arguments)"]))
        #expect(count == 3)
        #expect(lines(script) == ["-D OURS \(rule.arguments)"])
    }

    @Test func removalLeavesAChainThatSomebodyElseJumpsTo() throws {
        let rule = try Sample.rule()
        for jump in ["INPUT -i eth0 -j OURS", "INPUT -p tcp -g OURS"] {
            let (script, count) = plan.removal(table([jump, "INPUT -j OURS", "OURS \(rule.arguments)"]))
            #expect(count == 1)
            #expect(lines(script) == ["-D OURS \(rule.arguments)"])
        }
    }

    @Test func whereNothingIsNothingIsRemoved() {
        let (script, foreign) = plan.removal(table([], hasChain: false))
        #expect(script.isEmpty)
        #expect(foreign == 0)
    }
}
