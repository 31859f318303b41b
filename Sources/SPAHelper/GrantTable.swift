internal import SPAFirewall
internal import SPANet

/// What a grant is about; there is one grant per such key.
struct GrantKey: Hashable, Sendable {
    /// Mostly one address; a prefix where the stanza says so, until somebody connects.
    let network: IPNetwork
    let service: Service
}

/// Whose knocks opened a prefix.
struct PrefixKnock: Hashable, Sendable {
    let stanzas: Set<UInt16>
    /// The address that the last of them was for.
    let address: IPAddress

    /// The same after an earlier one.
    func joined(by earlier: PrefixKnock?) -> PrefixKnock {
        PrefixKnock(stanzas: stanzas.union(earlier?.stanzas ?? []), address: address)
    }
}

/// An open door.
struct Grant: Sendable {
    let key: GrantKey
    /// The rule that stands in the kernel for it.
    let rule: GrantRule
    /// When the helper ends it, in nanoseconds of the boot clock, which runs on through suspend and which nobody sets.
    var deadline: Int64
    /// Nil for the grant of one address.
    var knock: PrefixKnock?
    /// By which setting of the clock the rule's dates are right.
    var clock = 0
}

/// All open doors, and which of them ends next.
struct GrantTable: Sendable {
    private var grants: [GrantKey: Grant] = [:]
    /// Deadlines in ascending order; entries of grants that were extended meanwhile are passed over.
    private var queue: [(deadline: Int64, key: GrantKey)] = []
    /// Grants of prefixes.
    private(set) var wide: Set<GrantKey> = []

    var count: Int { grants.count }

    subscript(key: GrantKey) -> Grant? { grants[key] }

    /// All grants, in no order.
    var all: [Grant] { Array(grants.values) }

    /// Records a grant and returns the one that it replaces.
    mutating func insert(_ grant: Grant) -> Grant? {
        let index = queue.partitioningIndex { $0.deadline > grant.deadline }
        queue.insert((grant.deadline, grant.key), at: index)
        if !grant.key.network.isSingle { wide.insert(grant.key) }
        return grants.updateValue(grant, forKey: grant.key)
    }

    /// The rule's dates are right by this setting of the clock, too.
    mutating func confirm(_ key: GrantKey, clock: Int) { grants[key]?.clock = clock }

    /// Takes a grant out before its deadline.
    mutating func remove(_ key: GrantKey) -> Grant? {
        wide.remove(key)
        return grants.removeValue(forKey: key)
    }

    /// The next deadline, or nil.
    mutating func nextDeadline() -> Int64? {
        while let first = queue.first, grants[first.key]?.deadline != first.deadline { queue.removeFirst() }
        return queue.first?.deadline
    }

    /// Takes out every grant whose deadline is at or before `moment`.
    mutating func removeDue(at moment: Int64) -> [Grant] {
        var due: [Grant] = []
        while let first = queue.first, first.deadline <= moment {
            queue.removeFirst()
            guard let grant = grants[first.key], grant.deadline == first.deadline else { continue }
            grants[first.key] = nil
            wide.remove(first.key)
            due.append(grant)
        }
        return due
    }
}

extension Array {
    /// The first index whose element satisfies `predicate`, where all elements behind it do too.
    fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
