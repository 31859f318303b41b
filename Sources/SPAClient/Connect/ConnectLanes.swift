package import SPASystem

/// When the next attempt to connect to each address is due. Knows no clock and no socket.
///
/// The first attempts after a knock start one address after the other, the likeliest first (RFC 8305 section 5). An address
/// that fails at once gives its place to the next. A refusal is no such failure: the door may be closed still.
package struct ConnectLanes: Sendable {
    /// One address.
    private struct Lane {
        let endpoint: InternetEndpoint
        var evidence = ConnectEvidence()
        /// Since the last knock; gives the step.
        var sinceKnock = 0
        /// Since the first knock; names the attempt.
        var total = 0
        /// How many of them ended in anything but a refusal.
        var failures = 0
        /// Of the last knock for its family; nil before it.
        var knocked: Int64?
        var due = Int64.max

        /// Every attempt has failed.
        var isShut: Bool { total > 0 && failures == total }
    }

    private let schedule: ConnectSchedule
    private var lanes: [Lane] = []
    /// When the families were last knocked for.
    private var knocked: [AddressFamily: Int64] = [:]
    /// When all of them last were, which is what the distances between addresses count from.
    private var round: Int64 = 0

    package init(_ schedule: ConnectSchedule) { self.schedule = schedule }

    /// How many addresses there are.
    package var count: Int { lanes.count }

    package func endpoint(_ index: Int) -> InternetEndpoint { lanes[index].endpoint }

    /// What each address has shown so far.
    package var evidence: [ConnectEvidence] { lanes.map(\.evidence) }

    /// The moment when the first attempt of all is due; nil where none is before the next knock.
    package var due: Int64? {
        lanes.map(\.due).min().flatMap { $0 == .max ? nil : $0 }
    }

    /// Addresses that are due at `now`, in their order.
    package func due(at now: Int64) -> [Int] { lanes.indices.filter { lanes[$0].due <= now } }

    /// Adds addresses behind those that there are. They are tried once their family has been knocked for.
    package mutating func add(_ endpoints: [InternetEndpoint]) {
        for endpoint in endpoints {
            lanes.append(Lane(endpoint: endpoint))
            guard let moment = knocked[endpoint.address.family] else { continue }
            lanes[lanes.count - 1].knocked = moment
            lanes[lanes.count - 1].due = opening(lanes.count - 1)
        }
    }

    /// A knock for `families` went out at `now`: their schedule starts anew. `isRound`: it was for all that there is.
    package mutating func restart(_ families: Set<AddressFamily>, now: Int64, isRound: Bool) {
        if isRound { round = now }
        for family in families { knocked[family] = now }
        for index in lanes.indices where families.contains(lanes[index].endpoint.address.family) {
            lanes[index].knocked = now
            lanes[index].sinceKnock = 0
            lanes[index].due = opening(index)
        }
    }

    /// A packet for `families` that was still on its way has arrived by `now`: attempts are close together again.
    package mutating func quicken(_ families: Set<AddressFamily>, now: Int64) {
        for index in lanes.indices where families.contains(lanes[index].endpoint.address.family) {
            guard lanes[index].knocked != nil else { continue }
            lanes[index].knocked = now
            lanes[index].sinceKnock = 0
            lanes[index].due = min(lanes[index].due, opening(index))
        }
    }

    /// An attempt starts at `now`; its number, from 0.
    package mutating func begin(_ index: Int, now: Int64) -> Int {
        let ordinal = lanes[index].total
        lanes[index].total += 1
        lanes[index].due = now + schedule.step(after: lanes[index].sinceKnock)
        lanes[index].sinceKnock += 1
        return ordinal
    }

    /// Attempt `ordinal` of an address ended so.
    package mutating func end(_ index: Int, ordinal: Int, _ error: SystemError) {
        // A firewall may reject as well as drop.
        guard error.code != ErrorCode.connectionRefused else {
            lanes[index].evidence.noteRefusal(attempt: ordinal)
            return
        }
        lanes[index].evidence.noteFailure(reason: error.reason)
        lanes[index].failures += 1
        guard lanes[index].isShut else { return }
        for index in lanes.indices where lanes[index].sinceKnock == 0 && lanes[index].knocked != nil {
            lanes[index].due = min(lanes[index].due, opening(index))
        }
    }

    /// When the first attempt of an address after its knock is due.
    private func opening(_ index: Int) -> Int64 {
        // One whose family nobody has knocked for has no turn yet.
        let before = lanes[..<index].count { $0.knocked != nil && !$0.isShut }
        let place = round + ConnectSchedule.firstDelay + Int64(before) * ConnectSchedule.addressStagger
        return max((lanes[index].knocked ?? round) + ConnectSchedule.firstDelay, place)
    }
}
