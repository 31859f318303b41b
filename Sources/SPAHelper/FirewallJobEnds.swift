internal import SPAFirewall
internal import SPASystem

// What follows from the end of a job. Whatever fails leads to a look at the chain: a tool may have done its work all the
// same.
extension FirewallKeeper {
    func ended(
        _ job: FirewallJob, _ tool: ToolProcess, at moment: Int64, _ outcomes: inout [FirewallOutcome]
    ) {
        let text = String(decoding: tool.takePrinted(), as: UTF8.self)
        switch job {
        case .version, .prepare, .settle: startEnded(job, text, at: moment, &outcomes)
        case .insert(let batch, _): succeed(batch, &outcomes)
        case .delete(let rules):
            standing.subtract(rules)
            outcomes.append(.deleted(rules))
        case .confirm(let doubted):
            guard let table = TableListing(complete: text) else {
                return failed(job, FirewallKeeper.rubbish, at: moment, &outcomes)
            }
            let present = plan.rules(in: table)
            way.isDoubted = true
            for insertion in doubted {
                if present.contains(insertion.rule.arguments) {
                    outcomes.append(.inserted(token: insertion.token))
                } else {
                    standing.remove(insertion.rule)
                    waiting.append(insertion)
                }
            }
        case .verify: if way.hasChanged(text) { mending.ask(at: moment) }
        case .mend(let retry):
            guard let table = TableListing(complete: text) else {
                return failed(job, FirewallKeeper.rubbish, at: moment, &outcomes)
            }
            mend(table, retry, at: moment, &outcomes)
        case .apply(_, let retry):
            // What it changed is looked at once more.
            way.isDoubted = true
            mended(retry, &outcomes)
        }
    }

    private func mend(
        _ table: TableListing, _ retry: [RuleInsertion], at moment: Int64, _ outcomes: inout [FirewallOutcome]
    ) {
        let repair = plan.repair(table)
        var script = repair.script
        if script.isEmpty { way.approve() } else { outcomes.append(.mended(plan.withoutJump(table))) }
        outcomes += repair.words.map { .notice($0) }
        _ = plan.sweep(table, keeping: standing.union(session.arriving), into: &script)
        if script.isEmpty {
            mended(retry, &outcomes)
        } else {
            jobs.insert(.apply(script, retry: retry), at: 0)
        }
    }

    private func mended(_ retry: [RuleInsertion], _ outcomes: inout [FirewallOutcome]) {
        mending.succeeded()
        if !unswept.isEmpty { outcomes.append(.deleted(unswept)) }
        unswept = []
        again(retry)
    }

    static let rubbish = "it prints no listing of the filter table"

    func failed(
        _ job: FirewallJob, _ reason: String, at moment: Int64, _ outcomes: inout [FirewallOutcome]
    ) {
        switch job {
        case .version, .prepare, .settle: startFailed(job, reason, at: moment, &outcomes)
        case .insert(let batch, isRetry: false):
            outcomes.append(.trouble("adding rules failed (\(reason)); looking after the chain"))
            jobs.insert(.mend(retry: batch), at: 0)
        case .insert(let batch, isRetry: true) where batch.count > 1:
            // One bad rule must not take the others with it.
            jobs.insert(contentsOf: batch.map { .insert([$0], isRetry: true) }, at: 0)
        case .insert(let batch, isRetry: true):
            for insertion in batch { outcomes.append(.failed(token: insertion.token, reason: reason)) }
            // The tool may have done it all the same.
            mending.ask(at: moment)
        case .delete(let rules):
            // Somebody else may have removed one of them, and one missing rule fails them all.
            standing.subtract(rules)
            unswept += rules
            mending.ask(at: moment)
        case .verify: mending.ask(at: moment)
        case .confirm(let doubted):
            for insertion in doubted { outcomes.append(.failed(token: insertion.token, reason: reason)) }
        case .mend(let retry), .apply(_, let retry):
            if mending.reason != reason {
                outcomes.append(.trouble("looking after chain \(plan.chain) failed: \(reason)"))
            }
            mending.failed(reason, at: moment)
            again(retry)
        }
    }

    private func again(_ retry: [RuleInsertion]) {
        if !retry.isEmpty { jobs.insert(.insert(retry, isRetry: true), at: 0) }
    }
}
