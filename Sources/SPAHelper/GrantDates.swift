internal import SPAFirewall

// The kernel ends a rule by the clock on the wall, which somebody may set. What is left of a grant's time is the boot clock's
// to say, so that the dates follow.
extension GrantDesk {
    /// Gives every open door's rule new dates, so that it ends when it should by the clock that is right now. Rules on their
    /// way get theirs from ``catchUp(wall:moment:)``. Arguments as for ``request(_:isOurs:wall:moment:)``.
    mutating func clockWasSet(wall: Int64, moment: Int64) -> [Effect] {
        clock += 1
        behind = []
        return table.all.compactMap { redate($0, wall: wall, moment: moment) }
    }

    /// The same for doors that have opened since, with dates of before.
    mutating func catchUp(wall: Int64, moment: Int64) -> [Effect] {
        guard !behind.isEmpty else { return [] }
        let late = behind.compactMap { table[$0] }
        behind = []
        return late.compactMap { redate($0, wall: wall, moment: moment) }
    }

    private mutating func redate(_ grant: Grant, wall: Int64, moment: Int64) -> Effect? {
        let end = (wall + max(0, grant.deadline - moment) + 999_999_999) / 1_000_000_000
        guard end != grant.rule.end else {
            table.confirm(grant.key, clock: clock)
            return nil
        }
        let rule = GrantRule(
            network: grant.key.network, service: grant.key.service, start: wall / 1_000_000_000 - 1, end: end)
        guard pendingRules[rule] == nil else { return nil }
        return .insert(
            expect(
                Pending(
                    requests: [], rule: rule, key: grant.key, deadline: grant.deadline,
                    latest: min(moment + GrantDesk.patience, grant.deadline), knock: grant.knock, clock: clock
                )))
    }
}
