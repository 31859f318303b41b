internal import SPAFirewall

/// A rule that shall appear.
struct RuleInsertion: Sendable {
    /// The caller's name for it.
    let token: UInt64
    let rule: GrantRule
}

/// Work that a tool of its own does, one after the other, beside the insertions.
enum FirewallJob {
    /// Insertions that the open session did not acknowledge; `isRetry` after the chain was looked after.
    case insert([RuleInsertion], isRetry: Bool)
    case delete([GrantRule])
    /// Rules that should stand already: look whether they do, and add those that somebody removed.
    case confirm([RuleInsertion])
    /// Look whether the jump to our chain still stands: without it a rule of ours opens nothing.
    case verifyJump
    /// Look at the table, bring chain and jump in order, remove rules of ours that should not be there; then try again.
    case mend(retry: [RuleInsertion])
    /// The second half of `mend`: the script that came out of it.
    case apply(RestoreScript, retry: [RuleInsertion])
}

/// What the keeper of the firewall has to tell.
enum FirewallOutcome {
    /// The kernel has the rule.
    case inserted(token: UInt64)
    /// The kernel does not have the rule, as far as can be known.
    case failed(token: UInt64, reason: String)
    case deleted([GrantRule])
    case trouble(String)
    case notice(String)
}
