internal import SPAFirewall

/// A rule that shall appear.
struct RuleInsertion: Sendable {
    /// The caller's name for it.
    let token: UInt64
    let rule: GrantRule
    /// Until when a tool may be started for it, on the boot clock in nanoseconds.
    let latest: Int64
}

/// Work that a tool of its own does, one after the other, beside the insertions.
enum FirewallJob {
    /// Ask the tool what kind it is.
    case version
    /// The first look at the table.
    case prepare
    /// The script that came out of the first look.
    case settle(RestoreScript, StartFindings)
    /// Insertions that the open session did not acknowledge; `isRetry` after the chain was looked after.
    case insert([RuleInsertion], isRetry: Bool)
    case delete([GrantRule])
    /// Rules that should stand already: look whether they do, and add those that somebody removed.
    case confirm([RuleInsertion])
    /// Look whether the way to our chain is as it was: without it a rule of ours opens nothing.
    case verify
    /// Look at the table, bring chain and jump in order, remove rules of ours that should not be there; then try again.
    case mend(retry: [RuleInsertion])
    /// The second half of `mend`: the script that came out of it.
    case apply(RestoreScript, retry: [RuleInsertion])
}

/// What the first look at the firewall has found.
struct StartFindings: Sendable {
    var table: TableListing
    /// Grants of an earlier life that go on.
    var adopted: [GrantRule]
    /// How many rules of an earlier life were removed.
    var removed: Int
}

/// What the keeper of the firewall has to tell.
enum FirewallOutcome {
    /// Chain and jump are in order; from now on rules are added.
    case prepared(StartFindings)
    /// The table, where nothing but a look at it was ordered.
    case looked(TableListing)
    /// No waiting helps: the configuration has to change.
    case impossible(String)
    /// The kernel has the rule.
    case inserted(token: UInt64)
    /// The kernel does not have the rule, as far as can be known.
    case failed(token: UInt64, reason: String)
    /// The kernel does not have the rules any more.
    case deleted([GrantRule])
    /// Chain or jump were brought in order again; the table as it was before.
    case mended(TableListing)
    case trouble(String)
    case notice(String)
}
