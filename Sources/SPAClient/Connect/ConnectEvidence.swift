/// What the connection attempts to one address have shown, and what may be concluded from it.
package struct ConnectEvidence: Hashable, Sendable {
    package enum Conclusion: Hashable, Sendable {
        /// No answer of any kind.
        case silent
        /// Routers said that they cannot get there; no answer from the port.
        case unreachable(reason: String)
        /// Silence first, refusals then: the door has opened.
        case openedAndRefused
        /// The first answer of all was the refusal of the first attempt: a door that rejects, or a dead service behind an
        /// open one. Nobody outside can tell.
        case refusedThroughout
    }

    private var firstRefused: Int?
    private var unreachableReason: String?

    package init() {}

    /// Attempt `number` (from 0, counted since the first knock) was refused: ECONNREFUSED.
    package mutating func noteRefusal(attempt number: Int) {
        // Only the first refusal counts: a silent first attempt may be refused too, when its SYN is repeated a second later.
        if firstRefused == nil { firstRefused = number }
    }

    /// An attempt ended with another error, for example EHOSTUNREACH.
    package mutating func noteFailure(reason: String) { unreachableReason = reason }

    package var conclusion: Conclusion {
        if let firstRefused { return firstRefused == 0 ? .refusedThroughout : .openedAndRefused }
        return unreachableReason.map { .unreachable(reason: $0) } ?? .silent
    }

    /// The failure that the evidence of all addresses adds up to.
    package static func failure(
        _ evidence: [ConnectEvidence], port: UInt16, server: String, carriers: [KnockCarrier], seconds: UInt32
    ) -> ClientFailure {
        let conclusions = evidence.map(\.conclusion)
        let way = carriers.map(\.description).joined(separator: " and ")
        if conclusions.contains(.openedAndRefused) {
            return ClientFailure(
                .serviceRefuses,
                "the door opened, but nothing takes connections on port \(port); start the service there")
        }
        if conclusions.contains(.refusedThroughout) {
            return ClientFailure(
                .refusedThroughout,
                "port \(port) refused for \(seconds) s, from the first attempt on; either the knock to \(server) was not "
                    + "accepted (check key, clock and allowed address), or the service is down")
        }
        for case .unreachable(let reason) in conclusions {
            return ClientFailure(
                .nothingOpened,
                "knock sent by \(way) to \(server), but port \(port) is out of reach: \(reason); check the network"
            )
        }
        return ClientFailure(
            .nothingOpened,
            "knock sent by \(way) to \(server), but port \(port) did not open within \(seconds) s; "
                + "check the keys, the clocks, the allowed address (-v shows it) and that \(needs(carriers))")
    }

    /// What has to be so for packets to arrive.
    private static func needs(_ carriers: [KnockCarrier]) -> String {
        if let taker = carriers.first(where: \.needsConnection) { return "fwknopd takes packets by \(taker)" }
        let kinds = carriers.map { $0 == .syn ? "a SYN with data" : "UDP" }
        return "\(kinds.joined(separator: " or ")) gets there"
    }
}
