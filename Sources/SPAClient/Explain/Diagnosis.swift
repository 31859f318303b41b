package import SPANet
internal import SPASystem

/// One thing that may keep a door shut.
package enum Cause: Hashable, Sendable {
    /// Packets are dated this far ahead of the time (negative: behind), in milliseconds.
    case clock(lead: Int64, source: String, timeOffset: Int64)
    case clockUnknown(timeOffset: Int64)
    /// Two others do not tell the same time: the second is this far ahead of the first, in milliseconds.
    case clocksDiffer(ClockEvidence, ClockEvidence, lead: Int64)
    case wrongAddress(asked: IPAddress, AddressWitness)
    /// Two sources that see us differently; one of them is wrong, or we leave by more than one way.
    case witnessesDiffer(AddressWitness, AddressWitness)
    case addressUnknown(asked: IPAddress)
    case noHMAC
    case keys
    case portNotGranted(services: String)
    /// Nobody answers over UDP here.
    case udpBlocked
    /// A packet did not get to the server.
    case knockFailed(KnockFailure)
    /// Packets went out, and nobody knows what became of them.
    case knockLost(server: String, carriers: [KnockCarrier])
    case serverDown
    case firewallBefore(port: UInt16)
    case serviceDown(port: UInt16)
    case rejected(reason: String)
    case noRoute
    case name
    case nobodyTellsOurAddress
}

/// From what was seen to what may be wrong. Silence is the purpose of a hidden door, so it is never one cause alone; those
/// that something speaks for come first, then the others, as often as they happen.
package enum Diagnosis {
    /// Milliseconds. Servers take packets that are up to 120 s off, and the other clock may be off as well.
    package static let tolerance: Int64 = 60_000

    /// The causes that fit, the likeliest first.
    package static func causes(_ evidence: LoginEvidence) -> [Cause] {
        switch evidence.ending {
        case .opened, .notTried: []
        case .notLookedUp: [.name]
        case .addressUnknown: [.nobodyTellsOurAddress]
        case .knockNotSent: failedKnocks(evidence)
        case .refusedLater: [.serviceDown(port: evidence.port)]
        case .refusedThroughout:
            contradictions(evidence) + [.serviceDown(port: evidence.port)] + refusedKnock(evidence)
        case .unreachable(let reason):
            contradictions(evidence) + [.rejected(reason: reason), .noRoute] + refusedKnock(evidence)
        case .silent:
            contradictions(evidence) + refusedKnock(evidence) + [.firewallBefore(port: evidence.port)]
        }
    }

    /// What two sources tell differently, or what no server of ours would take.
    private static func contradictions(_ evidence: LoginEvidence) -> [Cause] {
        var causes: [Cause] = []
        if let clock = evidence.clock, let lead = evidence.lead, lead.magnitude >= UInt64(tolerance) {
            causes.append(.clock(lead: lead, source: clock.source, timeOffset: evidence.timeOffset))
        }
        if let dispute = evidence.clockDispute, dispute.lead.magnitude >= UInt64(tolerance) {
            causes.append(.clocksDiffer(dispute.one, dispute.other, lead: dispute.lead))
        }
        causes += addressContradiction(evidence)
        if !evidence.hasHMAC { causes.append(.noHMAC) }
        // Elsewhere, be it another family, a packet need not arrive for the door to open.
        causes += evidence.failures.filter { $0.server == evidence.server }.map { .knockFailed($0) }
        if evidence.udpWorks == false, evidence.carriers.contains(.udp) { causes.append(.udpBlocked) }
        return causes
    }

    /// Why no packet got to the server: a way that is not there, or what the other end says.
    private static func failedKnocks(_ evidence: LoginEvidence) -> [Cause] {
        let unreachable = [ErrorCode.networkUnreachable, ErrorCode.hostUnreachable]
        let others = evidence.failures.filter { !unreachable.contains($0.error.code) }
        let hasNoWay = others.count < evidence.failures.count || others.isEmpty
        return (hasNoWay ? [.noRoute] : []) + others.map { .knockFailed($0) }
    }

    /// That sources differ among themselves says more than that one differs from what was asked for.
    private static func addressContradiction(_ evidence: LoginEvidence) -> [Cause] {
        guard let first = evidence.witnesses.first else { return [] }
        if let other = evidence.witnesses.first(where: { $0.address != first.address }) {
            return [.witnessesDiffer(first, other)]
        }
        guard let asked = evidence.asked.first, !evidence.leavesAddressToServer,
            !evidence.asked.contains(first.address)
        else { return [] }
        return [.wrongAddress(asked: asked, first)]
    }

    /// Why a knock was not accepted, where nothing speaks for one cause or the other.
    private static func refusedKnock(_ evidence: LoginEvidence) -> [Cause] {
        var causes: [Cause] = [.keys, .portNotGranted(services: evidence.services)]
        if evidence.lead == nil { causes.append(.clockUnknown(timeOffset: evidence.timeOffset)) }
        if evidence.witnesses.isEmpty, let asked = evidence.asked.first, !evidence.leavesAddressToServer {
            causes.append(.addressUnknown(asked: asked))
        }
        // Where nobody answers over UDP, that was said already.
        let carriers = evidence.carriers.filter { evidence.udpWorks != false || $0 != .udp }
        if !carriers.isEmpty {
            causes.append(
                .knockLost(server: evidence.server?.description ?? "the server", carriers: carriers))
        }
        return causes + [.serverDown]
    }
}
