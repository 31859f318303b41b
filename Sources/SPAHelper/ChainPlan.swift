internal import SPAFirewall

/// Our chain, and what it takes to bring the table into the state that we want.
struct ChainPlan: Sendable {
    let chain: String
    let parent: String
    let jumpPosition: UInt16

    /// The script that makes chain and jump where they are missing.
    func repair(_ table: TableListing) -> RestoreScript {
        var script = RestoreScript()
        if table.policies[chain] == nil { script.newChain(chain) }
        if !table.hasJump(from: parent, to: chain) {
            script.insertJump(from: parent, position: position(in: table), to: chain)
        }
        return script
    }

    /// The arguments of all rules in our chain, without quotes.
    func rules(in table: TableListing) -> Set<String> {
        Set(table.rules(in: chain).map { $0.arguments.filter { $0 != "\"" } })
    }

    /// A jump can stand at most behind the last rule.
    private func position(in table: TableListing) -> UInt16 {
        UInt16(clamping: min(Int(max(jumpPosition, 1)), table.rules(in: parent).count + 1))
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
