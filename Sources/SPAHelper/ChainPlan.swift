internal import SPAFirewall
internal import SPANet

/// Our chain, and what it takes to bring the table into the state that we want.
struct ChainPlan: Sendable {
    let chain: String
    let parent: String
    let jumpPosition: UInt16
    /// Where packets come in.
    var interface = ""
    /// Services whose first packets have to get as far as our chain.
    var guarded: [Service] = []

    /// Makes chain and jump where they are missing, and moves a jump that no packet reaches to where it is wanted.
    func repair(_ table: TableListing) -> ChainRepair {
        var repair = ChainRepair()
        if table.policies[chain] == nil {
            repair.script.newChain(chain)
            repair.made.append("chain \(chain) was gone: made again")
        }
        guard table.hasJump(from: parent, to: chain) else {
            repair.script.insertJump(from: parent, position: position(in: table), to: chain)
            repair.made.append("the jump from \(parent) to \(chain) was gone: made again")
            return repair
        }
        guard let service = cutOff(table) else { return repair }
        let without = withoutJump(table)
        // Where it is wanted it might be no better off.
        guard cutOff(without) == nil else { return repair }
        let place = position(in: without)
        for _ in without.rules.count..<table.rules.count { repair.script.deleteJump(from: parent, to: chain) }
        repair.script.insertJump(from: parent, position: place, to: chain)
        repair.moved =
            "the jump from \(parent) to \(chain) stood behind a rule that drops \(service): moved to place \(place)"
        return repair
    }

    /// The table as it is while the jump is moved.
    func withoutJump(_ table: TableListing) -> TableListing {
        var table = table
        table.rules.removeAll { $0.chain == parent && $0.arguments == "-j \(chain)" }
        return table
    }

    /// A service whose packets a rule of the parent decides about before the jump; where there is no jump, before its place.
    private func cutOff(_ table: TableListing) -> Service? {
        let audit = FirewallAudit(table, ownChain: chain)
        return guarded.first {
            audit.isCutOff(
                AuditProbe(.new($0), interface: interface), parent: parent, position: Int(jumpPosition))
        }
    }

    /// The arguments of all rules in our chain, without quotes.
    func rules(in table: TableListing) -> Set<String> {
        Set(table.rules(in: chain).map { $0.arguments.filter { $0 != "\"" } })
    }

    /// A jump can stand at most behind the last rule.
    private func position(in table: TableListing) -> UInt16 {
        UInt16(clamping: min(Int(max(jumpPosition, 1)), table.rules(in: parent).count + 1))
    }

    /// The grants of an earlier life that may go on: of exactly our shape, in force, and not for longer than `longest`
    /// seconds from `now` (seconds since 1970), for one address. One for each address and port, the latest; at most `most`, the latest.
    func adoptable(_ table: TableListing, now: Int64, longest: Int64, most: Int) -> [GrantRule] {
        var latest: [GrantKey: GrantRule] = [:]
        for listed in table.rules(in: chain) {
            // Who has connected through a prefix meanwhile, nobody knows: such a rule does not go on.
            guard let rule = GrantRule(listed: listed.arguments), rule.network.isSingle, rule.start <= now,
                rule.end > now,
                rule.end - now <= longest
            else { continue }
            let key = GrantKey(network: rule.network, service: rule.service)
            if let other = latest[key], other.end >= rule.end { continue }
            latest[key] = rule
        }
        return Array(latest.values.sorted { $0.end > $1.end }.prefix(max(0, most)))
    }

    /// Adds the deletion of every rule in our chain that carries the mark of a grant and is not one of `standing`.
    /// Rules without the mark belong to somebody else.
    func sweep(_ table: TableListing, keeping standing: Set<GrantRule>, into script: inout RestoreScript)
        -> Int
    {
        var expected = Set(standing.map(\.arguments))
        var count = 0
        for rule in table.rules(in: chain) where rule.markedEnd != nil {
            let plain = rule.arguments.filter { $0 != "\"" }
            // A second copy of a standing rule goes as well.
            if expected.remove(plain) != nil { continue }
            script.delete(rule.arguments, from: chain)
            count += 1
        }
        return count
    }

    /// The script that takes chain and jump away; the chain stays when somebody else's rules are in it or jump to it.
    func removal(_ table: TableListing) -> (script: RestoreScript, foreign: Int) {
        var script = RestoreScript()
        // A jump of somebody else's own kind would make the removal of the chain fail, and with it that of the grants.
        let foreign = table.rules.filter {
            $0.chain == chain ? $0.markedEnd == nil : jumpsHere($0) && $0.arguments != "-j \(chain)"
        }.count
        _ = sweep(table, keeping: [], into: &script)
        guard foreign == 0, table.policies[chain] != nil else { return (script, foreign) }
        for rule in table.rules where rule.arguments == "-j \(chain)" {
            script.deleteJump(from: rule.chain, to: chain)
        }
        script.removeChain(chain)
        return (script, 0)
    }

    private func jumpsHere(_ rule: TableListing.Rule) -> Bool {
        let words = rule.arguments.split(separator: " ")
        return zip(words, words.dropFirst()).contains { ($0 == "-j" || $0 == "-g") && $1 == chain }
    }
}

/// What brings chain and jump in order.
struct ChainRepair: Sendable {
    var script = RestoreScript()
    /// What was missing, in words.
    var made: [String] = []
    /// What stood where it is of no use, in words.
    var moved: String?

    var words: [String] { made + (moved.map { [$0] } ?? []) }
}
