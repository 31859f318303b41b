internal import SPAFirewall
internal import SPASystem

/// What a start is to do with what it finds.
struct StartOrder: Sendable {
    /// FLUSH_IPT_AT_INIT: remove the grants of an earlier life; otherwise those go on that could be ours.
    var flush: Bool
    /// Longest life of a grant, in seconds, and how many there may be.
    var longest: Int64, most: Int
    /// Look at the table once, for the warnings, and do nothing else ever.
    var onlyLooks = false
}

// The start, in steps like all other work: whatever hangs or fails is waited for, and tried again from the first step.
extension FirewallKeeper {
    func startEnded(
        _ job: FirewallJob, _ text: String, at moment: Int64, _ outcomes: inout [FirewallOutcome]
    ) {
        switch job {
        case .version:
            guard let flavour = ToolFlavour(version: text) else {
                return startFailed(job, "it does not say its version", at: moment, &outcomes)
            }
            tools.flavour = flavour
            if flavour == .nfTables { lock = nil }
            tools.lock = lock?.number
            if flavour == .legacy, lock == nil {
                return outcomes.append(
                    .impossible("legacy iptables needs \(XtablesLock.path), which cannot be opened"))
            }
            jobs.insert(.prepare, at: 0)
        case .prepare:
            guard let table = TableListing(complete: text) else {
                return startFailed(job, FirewallKeeper.rubbish, at: moment, &outcomes)
            }
            if start.onlyLooks { return outcomes.append(.looked(table)) }
            let (script, findings) = judge(table, &outcomes)
            settle(script, findings, &outcomes)
        case .settle(_, let findings): finishStart(findings, &outcomes)
        default: break
        }
    }

    func startFailed(
        _ job: FirewallJob, _ reason: String, at moment: Int64, _ outcomes: inout [FirewallOutcome]
    ) {
        // Warnings are not worth a second try.
        if start.onlyLooks { return }
        if tools.flavour == .legacy, reason.contains("xtables.lock") {
            return outcomes.append(
                .impossible(
                    "\(reason); this iptables is too old to be told of another lock file (XTABLES_LOCKFILE), and the"
                        + " machine's own is root's: set FIREWALL_EXE to an iptables of the nf_tables kind"))
        }
        starting.failed(reason, at: moment)
    }

    /// What becomes of the rules of an earlier life, and what chain and jump lack.
    private func judge(
        _ table: TableListing, _ outcomes: inout [FirewallOutcome]
    ) -> (RestoreScript, StartFindings) {
        let repair = plan.repair(table)
        if let moved = repair.moved { outcomes.append(.notice(moved)) }
        let adopted =
            start.flush
            ? []
            : plan.adoptable(table, now: RealtimeClock.seconds(), longest: start.longest, most: start.most)
        var script = repair.script
        let removed = plan.sweep(table, keeping: Set(adopted), into: &script)
        // The warnings look at the jump where it is going to be.
        let table = repair.moved == nil ? table : plan.withoutJump(table)
        return (script, StartFindings(table: table, adopted: adopted, removed: removed))
    }

    private func settle(
        _ script: RestoreScript, _ findings: StartFindings, _ outcomes: inout [FirewallOutcome]
    ) {
        if script.isEmpty {
            finishStart(findings, &outcomes)
        } else {
            jobs.insert(.settle(script, findings), at: 0)
        }
    }

    private func finishStart(_ findings: StartFindings, _ outcomes: inout [FirewallOutcome]) {
        starting.succeeded()
        isPrepared = true
        standing = Set(findings.adopted)
        if tools.flavour == .nfTables { session.open(tools) }
        outcomes.append(.prepared(findings))
    }
}
