internal import SPAChannel
internal import SPAConntrack
internal import SPAFirewall
internal import SPANet

/// What a prefix is narrowed to, and why.
struct Narrowing {
    let address: IPAddress
    let cause: NarrowingCause
}

// A prefix is open until somebody connects, and then for him alone. The rest of its time counts as a grant of that address.
extension GrantDesk {
    /// Somebody has connected. Narrows the prefixes that let him in, and with each whatever else the same stanzas have opened for
    /// the same prefix: what one knock opened belongs to one person.
    ///
    /// - Parameter moment: nanoseconds of the boot clock.
    mutating func connected(_ connection: EstablishedConnection, moment: Int64) -> [Effect] {
        let hit = prefixes.filter {
            $0.service == connection.service && $0.network.contains(connection.source)
        }
        guard !hit.isEmpty else { return [] }
        let knocks = hit.flatMap { key in
            [table[key]?.knock].compactMap { $0 }
                + pending.values.filter { $0.key == key }.compactMap(\.knock)
        }
        let stanzas = knocks.reduce(into: Set<UInt16>()) { $0.formUnion($1.stanzas) }
        let networks = Set(hit.map(\.network))
        return narrow(.connected, moment) { key, knock in
            networks.contains(key.network) && !stanzas.isDisjoint(with: knock.stanzas)
                ? connection.source : nil
        }
    }

    /// Nobody knows any more who connects: what is left of each prefix is the address that its knock was for.
    mutating func lostSight(moment: Int64) -> [Effect] {
        narrow(.unseen, moment) { _, knock in knock.address }
    }

    /// - Parameter target: what is left of a prefix; nil where it stays.
    private mutating func narrow(
        _ cause: NarrowingCause, _ moment: Int64, to target: (GrantKey, PrefixKnock) -> IPAddress?
    ) -> [Effect] {
        // What is being added now is narrowed as soon as it is there: a rule of a number that is not acknowledged cannot be
        // taken back.
        for (token, rule) in pending where rule.narrowing == nil {
            guard let knock = rule.knock, let address = target(rule.key, knock) else { continue }
            pending[token]?.narrowing = Narrowing(address: address, cause: cause)
            pendingPrefixes[token] = nil
        }
        var effects: [Effect] = []
        for key in table.wide {
            guard let knock = table[key]?.knock, let address = target(key, knock),
                let grant = table.remove(key)
            else { continue }
            effects += narrow(
                grant, Narrowing(address: address, cause: cause),
                latest: min(moment + GrantDesk.patience, grant.deadline))
        }
        return effects
    }

    /// Puts the rule of one address in the place of that of a prefix, which stands until the other does.
    ///
    /// - Parameters:
    ///   - grant: no longer in the table.
    ///   - latest: until when the other rule may be added. If it is not, the prefix ends without it.
    mutating func narrow(_ grant: Grant, _ narrowing: Narrowing, latest: Int64) -> [Effect] {
        let rule = GrantRule(
            network: IPNetwork(only: narrowing.address), service: grant.key.service, start: grant.rule.start,
            end: grant.rule.end)
        let key = GrantKey(network: rule.network, service: rule.service)
        if var open = table[key], open.deadline >= grant.deadline || open.rule == rule {
            if open.deadline < grant.deadline {
                open.deadline = grant.deadline
                _ = table.insert(open)
            }
            return [makeWay(grant.rule, for: open.rule, narrowing.cause)]
        }
        if let token = pendingRules[rule] {
            if pending[token]?.replaces.contains(where: { $0.rule == grant.rule }) == false {
                pending[token]?.replaces.append((grant.rule, narrowing.cause))
            }
            return []
        }
        let insertion = expect(
            Pending(
                requests: [], rule: rule, key: key, deadline: grant.deadline, latest: latest,
                clock: grant.clock,
                replaces: [(grant.rule, narrowing.cause)]))
        return [.insert(insertion)]
    }
}
