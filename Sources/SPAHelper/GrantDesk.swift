internal import SPAChannel
internal import SPAFirewall
internal import SPANet
internal import SPAPolicy

/// Judges what the worker asks, and keeps the book of grants. Acts only through what it returns.
struct GrantDesk {
    /// What follows from a request or from news of the firewall.
    enum Effect {
        case insert(RuleInsertion)
        case confirm(RuleInsertion)
        case delete(GrantRule)
        case reply(GrantReply)
        case tell(HelperEvent)
        /// The worker broke the protocol: the helper ends.
        case breach(String)
    }

    private struct Pending {
        var requests: [(request: GrantRequest, extends: Bool)]
        let rule: GrantRule
        let key: GrantKey
        var deadline: Int64
    }

    var limits = GrantLimits()
    /// Whether rules for IPv6 addresses can be added at all.
    var opensIPv6 = false
    private var table = GrantTable()
    private var pending: [UInt64: Pending] = [:]
    private var pendingRules: [GrantRule: UInt64] = [:]
    /// Rules whose deletion ends a grant, and not merely makes way for a later one.
    private var ending: Set<GrantRule> = []
    private var lastID: UInt64 = 0
    private var lastOwnToken = UInt64.max

    /// How long after its request a rule may still be added, in nanoseconds of the boot clock.
    static let patience: Int64 = 30_000_000_000

    /// Grants that are open or about to be.
    var count: Int { table.count + pending.values.count { table[$0.key] == nil } }

    mutating func nextDeadline() -> Int64? { table.nextDeadline() }

    /// - Parameters:
    ///   - wall: nanoseconds since 1970.
    ///   - moment: nanoseconds of the boot clock.
    ///   - isOurs: whether the packet was sent to an address of this host.
    mutating func request(_ request: GrantRequest, isOurs: Bool, wall: Int64, moment: Int64) -> [Effect] {
        guard request.id > lastID, request.id < lastOwnToken else { return [.breach("request out of order")] }
        lastID = request.id
        let key = GrantKey(source: request.source, service: request.service)
        let existing = table[key]
        let seconds = wall / 1_000_000_000
        if let refusal = limits.check(
            request, live: count, extends: existing != nil, isOurs: isOurs, opensIPv6: opensIPv6,
            now: seconds,
            moment: moment)
        {
            return refuse(request, refusal)
        }
        // Whole seconds, rounded up: what the rule's dates can say. Log, kernel and helper name the same end.
        let life = Int64(request.lifetime.seconds) * 1_000_000_000
        let end = (wall + life + 999_999_999) / 1_000_000_000
        let deadline = moment + (end * 1_000_000_000 - wall)
        // A door that stays open as long already: no new rule, but a look whether the old one still stands, because an
        // administrator may have flushed it.
        let stands = existing.flatMap { $0.rule.end >= end ? $0 : nil }
        let rule =
            stands?.rule
            ?? GrantRule(source: request.source, service: request.service, start: seconds - 1, end: end)
        if let token = pendingRules[rule] {
            pending[token]?.requests.append((request, true))
            if let earlier = pending[token]?.deadline { pending[token]?.deadline = max(earlier, deadline) }
            return []
        }
        pending[request.id] = Pending(
            requests: [(request, existing != nil)], rule: rule, key: key,
            deadline: max(deadline, stands?.deadline ?? 0))
        pendingRules[rule] = request.id
        let insertion = RuleInsertion(
            token: request.id, rule: rule, latest: min(moment + GrantDesk.patience, deadline))
        return [stands == nil ? .insert(insertion) : .confirm(insertion)]
    }

    mutating func inserted(token: UInt64) -> [Effect] {
        guard let arrived = takePending(token) else { return [] }
        var effects = granted(arrived.requests, end: arrived.rule.end)
        if let current = table[arrived.key], current.deadline > arrived.deadline {
            effects.append(.delete(arrived.rule))
        } else if let old = table.insert(
            Grant(key: arrived.key, rule: arrived.rule, deadline: arrived.deadline)), old.rule != arrived.rule
        {
            effects.append(.delete(old.rule))
        }
        return effects
    }

    /// Takes over rules of an earlier life that stand and may go on, and their ends. Times as for
    /// ``request(_:isOurs:wall:moment:)``.
    mutating func adopt(_ rules: [GrantRule], wall: Int64, moment: Int64) {
        for rule in rules {
            let (end, overflow) = rule.end.multipliedReportingOverflow(by: 1_000_000_000)
            guard !overflow else { continue }
            _ = table.insert(
                Grant(
                    key: GrantKey(source: rule.source, service: rule.service), rule: rule,
                    deadline: moment + max(0, end - wall)))
        }
    }

    mutating func failed(token: UInt64) -> [Effect] {
        guard let lost = takePending(token) else { return [] }
        return lost.requests.flatMap { refuse($0.request, .firewallFailed) }
    }

    /// Gives every open door's rule new dates, so that it ends when it should by the clock that is right now. What is left
    /// of its time is the boot clock's to say. Arguments as for ``request(_:isOurs:wall:moment:)``.
    mutating func clockWasSet(wall: Int64, moment: Int64) -> [Effect] {
        table.all.compactMap { grant in
            let end = (wall + max(0, grant.deadline - moment) + 999_999_999) / 1_000_000_000
            guard end != grant.rule.end else { return nil }
            let rule = GrantRule(
                source: grant.key.source, service: grant.key.service, start: wall / 1_000_000_000 - 1,
                end: end)
            guard pendingRules[rule] == nil else { return nil }
            // Numbers from the far end: the worker counts from the near one.
            lastOwnToken -= 1
            pending[lastOwnToken] = Pending(
                requests: [], rule: rule, key: grant.key, deadline: grant.deadline)
            pendingRules[rule] = lastOwnToken
            return .insert(
                RuleInsertion(
                    token: lastOwnToken, rule: rule, latest: min(moment + GrantDesk.patience, grant.deadline))
            )
        }
    }

    mutating func removeDue(at moment: Int64) -> [Effect] {
        table.removeDue(at: moment).map {
            ending.insert($0.rule)
            return .delete($0.rule)
        }
    }

    mutating func deleted(_ rules: [GrantRule]) -> [Effect] {
        rules.compactMap { rule in
            guard ending.remove(rule) != nil else { return nil }
            return .tell(.expired(source: rule.source, service: rule.service, expires: rule.end))
        }
    }

    private mutating func takePending(_ token: UInt64) -> Pending? {
        guard let found = pending.removeValue(forKey: token) else { return nil }
        pendingRules[found.rule] = nil
        return found
    }

    private func granted(_ requests: [(request: GrantRequest, extends: Bool)], end: Int64) -> [Effect] {
        requests.flatMap { request, extends -> [Effect] in
            [
                .reply(GrantReply(id: request.id, refusal: nil)),
                .tell(
                    .granted(
                        id: request.id, stanza: request.stanza, source: request.source,
                        service: request.service,
                        expires: end, extended: extends)),
            ]
        }
    }

    private func refuse(_ request: GrantRequest, _ reason: GrantRefusal) -> [Effect] {
        [
            .reply(GrantReply(id: request.id, refusal: reason)),
            .tell(
                .refused(
                    id: request.id, stanza: request.stanza, source: request.source, service: request.service,
                    reason: reason)),
        ]
    }
}
