package import SPANet
internal import SPASystem

/// One thing that may keep a door shut.
package enum Cause: Hashable, Sendable {
    /// Packets are dated this far ahead of the time (negative: behind), in milliseconds.
    case clock(lead: Int64, source: String, timeOffset: Int64)
    case clockUnknown(timeOffset: Int64)
    case wrongAddress(asked: IPAddress, AddressWitness)
    /// Two sources that see us differently; one of them is wrong, or we leave by more than one way.
    case witnessesDiffer(AddressWitness, AddressWitness)
    case addressUnknown(asked: IPAddress)
    case noHMAC
    case keys
    case portNotGranted(services: String)
    /// Nobody answers over UDP here.
    case udpBlocked
    case knockLost(server: String)
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
        case .knockNotSent: [.noRoute]
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
        causes += addressContradiction(evidence)
        if !evidence.hasHMAC { causes.append(.noHMAC) }
        if evidence.udpWorks == false { causes.append(.udpBlocked) }
        return causes
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
        if evidence.udpWorks != false {
            causes.append(.knockLost(server: evidence.server?.description ?? "the server"))
        }
        return causes + [.serverDown]
    }
}
