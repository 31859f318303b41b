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

    /// A rule that was ordered and is not acknowledged yet.
    struct Pending {
        var requests: [(request: GrantRequest, extends: Bool)]
        let rule: GrantRule
        let key: GrantKey
        var deadline: Int64
        /// Until when it may be added.
        var latest: Int64
        /// Whose knock a prefix is opened for.
        var knock: PrefixKnock?
        /// What a prefix shall be narrowed to as soon as it is open.
        var narrowing: Narrowing?
        /// By which setting of the clock its dates are right.
        let clock: Int
        /// Prefixes that this rule takes the place of.
        var replaces: [(rule: GrantRule, cause: NarrowingCause)] = []
    }

    var limits = GrantLimits()
    /// Whether rules for IPv6 addresses can be added at all.
    var opensIPv6 = false
    /// Whether it can be seen who connects. Where not, a door is opened for the address alone, whatever the stanza says.
    var opensPrefixes = false
    var table = GrantTable()
    var pending: [UInt64: Pending] = [:]
    var pendingRules: [GrantRule: UInt64] = [:]
    /// Those of prefixes, as long as it is open what they are narrowed to.
    var pendingPrefixes: [UInt64: GrantKey] = [:]
    /// How often the clock was set.
    var clock = 0
    /// Open doors whose rules were on their way when the clock was set, and have the dates of before.
    var behind: Set<GrantKey> = []
    /// Rules whose deletion ends a grant, and not merely makes way for a later one; and what it is told as.
    private var ending: [GrantRule: HelperEvent] = [:]
    private var lastID: UInt64 = 0
    private var lastOwnToken = GrantDesk.firstOwnToken

    /// Numbers from here on are ours, those below are the worker's to give: his request must never pass for a rule of ours.
    private static let firstOwnToken: UInt64 = 1 << 63

    /// How long after its request a rule may still be added, in nanoseconds of the boot clock.
    static let patience: Int64 = 30_000_000_000

    /// Grants that are open or about to be.
    var count: Int { table.count + pending.values.count { table[$0.key] == nil } }

    /// Prefixes that are open or about to be: connections from these have to be followed.
    var prefixes: Set<GrantKey> { table.wide.union(pendingPrefixes.values) }

    mutating func nextDeadline() -> Int64? { table.nextDeadline() }

    /// - Parameters:
    ///   - wall: nanoseconds since 1970.
    ///   - moment: nanoseconds of the boot clock.
    ///   - isOurs: whether the packet was sent to an address of this host.
    mutating func request(_ request: GrantRequest, isOurs: Bool, wall: Int64, moment: Int64) -> [Effect] {
        guard request.id > lastID, request.id < GrantDesk.firstOwnToken else {
            return [.breach("request out of order")]
        }
        lastID = request.id
        let network = opensPrefixes ? limits.network(for: request) : IPNetwork(only: request.source)
        let key = GrantKey(network: network, service: request.service)
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
        // administrator may have flushed it. Dates of a clock that was set since say nothing.
        let stands = existing.flatMap { $0.rule.end >= end && $0.clock == clock ? $0 : nil }
        let rule =
            stands?.rule
            ?? GrantRule(network: network, service: request.service, start: seconds - 1, end: end)
        let knock =
            network.isSingle
            ? nil
            : PrefixKnock(stanzas: [request.stanza], address: request.source).joined(by: existing?.knock)
        if let token = pendingRules[rule] {
            let earlier = pending[token]?.knock
            pending[token]?.knock = knock?.joined(by: earlier)
            pending[token]?.requests.append((request, true))
            if let earlier = pending[token]?.deadline { pending[token]?.deadline = max(earlier, deadline) }
            return []
        }
        let insertion = expect(
            Pending(
                requests: [(request, existing != nil)], rule: rule, key: key,
                deadline: max(deadline, stands?.deadline ?? 0),
                latest: min(moment + GrantDesk.patience, deadline), knock: knock, clock: clock),
            token: request.id)
        return [stands == nil ? .insert(insertion) : .confirm(insertion)]
    }

    mutating func inserted(token: UInt64) -> [Effect] {
        guard let arrived = takePending(token) else { return [] }
        var effects = granted(arrived.requests, arrived.rule)
        let grant = Grant(
            key: arrived.key, rule: arrived.rule, deadline: arrived.deadline,
            knock: arrived.knock?.joined(by: table[arrived.key]?.knock), clock: arrived.clock)
        if let narrowing = arrived.narrowing {
            effects += narrow(grant, narrowing, latest: arrived.latest)
        } else if let current = table[arrived.key], current.deadline > arrived.deadline {
            if current.rule != arrived.rule { effects.append(.delete(arrived.rule)) }
        } else {
            let old = table.insert(grant)
            if let old, old.rule != arrived.rule { effects.append(.delete(old.rule)) }
            if arrived.clock != clock { behind.insert(arrived.key) }
        }
        return effects + arrived.replaces.map { makeWay($0.rule, for: arrived.rule, $0.cause) }
    }

    /// Takes over rules of an earlier life that stand and may go on, and their ends. Times as for
    /// ``request(_:isOurs:wall:moment:)``.
    mutating func adopt(_ rules: [GrantRule], wall: Int64, moment: Int64) {
        for rule in rules {
            let (end, overflow) = rule.end.multipliedReportingOverflow(by: 1_000_000_000)
            guard !overflow else { continue }
            _ = table.insert(
                Grant(
                    key: GrantKey(network: rule.network, service: rule.service), rule: rule,
                    deadline: moment + max(0, end - wall), clock: clock))
        }
    }

    mutating func failed(token: UInt64) -> [Effect] {
        guard let lost = takePending(token) else { return [] }
        // The connection that a prefix was to be narrowed to stands; the prefix ends all the same.
        return lost.requests.flatMap { refuse($0.request, .firewallFailed) }
            + lost.replaces.map { end($0.rule) }
    }

    /// Records a rule that is ordered now, under the worker's number or one of our own.
    mutating func expect(_ rule: Pending, token: UInt64? = nil) -> RuleInsertion {
        if token == nil { lastOwnToken += 1 }
        let token = token ?? lastOwnToken
        pending[token] = rule
        pendingRules[rule.rule] = token
        if rule.knock != nil { pendingPrefixes[token] = rule.key }
        return RuleInsertion(token: token, rule: rule.rule, latest: rule.latest)
    }

    mutating func removeDue(at moment: Int64) -> [Effect] {
        table.removeDue(at: moment).map { end($0.rule) }
    }

    /// Deletes the rule of a grant that is over.
    mutating func end(_ rule: GrantRule) -> Effect {
        ending[rule] = .expired(rule.network, service: rule.service, expires: rule.end)
        return .delete(rule)
    }

    /// Deletes the rule of a prefix, of which `narrow` is what is left.
    mutating func makeWay(_ wide: GrantRule, for narrow: GrantRule, _ cause: NarrowingCause) -> Effect {
        ending[wide] = .narrowed(
            wide.network, to: narrow.network.base, service: wide.service, expires: narrow.end, cause: cause)
        return .delete(wide)
    }

    mutating func deleted(_ rules: [GrantRule]) -> [Effect] {
        rules.compactMap { rule in
            ending.removeValue(forKey: rule).map { .tell($0) }
        }
    }

    private mutating func takePending(_ token: UInt64) -> Pending? {
        guard let found = pending.removeValue(forKey: token) else { return nil }
        pendingRules[found.rule] = nil
        pendingPrefixes[token] = nil
        return found
    }

    private func granted(
        _ requests: [(request: GrantRequest, extends: Bool)], _ rule: GrantRule
    ) -> [Effect] {
        let prefix = rule.network.isSingle ? nil : UInt8(clamping: rule.network.prefixLength)
        return requests.flatMap { request, extends -> [Effect] in
            [
                .reply(GrantReply(id: request.id, refusal: nil)),
                .tell(
                    .granted(
                        id: request.id, stanza: request.stanza, source: request.source,
                        service: request.service,
                        expires: rule.end, extended: extends, prefix: prefix)),
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
