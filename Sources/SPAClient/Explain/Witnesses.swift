internal import SPAConfig
internal import SPANet
internal import SPASystem

/// Asks others about our clock and our address, once a door has stayed shut.
enum Witnesses {
    /// Milliseconds for all of it, the resolver's part included.
    static let patience: UInt32 = 6000
    /// Nanoseconds for one server.
    private static let each: Int64 = 1_500_000_000
    /// STUN servers that are asked at most.
    private static let most = 3

    /// Adds what they tell to `evidence`, and reports it.
    static func ask(_ facts: LoginFacts, _ evidence: inout LoginEvidence, _ report: Report) {
        guard let stanza = facts.plan?.stanza else { return }
        let time = stanza.timeServer ?? TimeQuestion.builtIn
        evidence.clock = TimeQuestion.ask(time, deadline: MonotonicClock.now() + each)
        if let clock = evidence.clock {
            let side = clock.offset < 0 ? "ahead of" : "behind"
            report.say(1, "our clock is \(CauseText.duration(clock.offset)) \(side) \(clock.source)")
        } else {
            report.say(1, "nobody tells the time: no answer from \(time)")
        }
        guard let server = evidence.server else { return }
        let networks = (try? NetworkInterfaces.networks()) ?? []
        if AddressChoice(.automatic, server: server.address, networks: networks) == .onRoute {
            guard case .v4(let address)? = try? AddressFinder.onRoute(to: server) else { return }
            report.say(1, "our address on the route to \(server.address) is \(address)")
            evidence.witnesses = [AddressWitness(address, source: "the route to \(server.address)")]
        } else {
            askAbroad(stanza, &evidence, report)
        }
    }

    private static func askAbroad(
        _ stanza: ClientStanza, _ evidence: inout LoginEvidence, _ report: Report
    ) {
        let names = stanza.stunServers.isEmpty ? StunServerName.builtIn : stanza.stunServers
        for name in names.prefix(most) {
            if let address = (try? PublicAddress.ask([name], deadline: MonotonicClock.now() + each)) ?? nil {
                report.say(1, "\(name) sees us as \(address)")
                evidence.witnesses.append(AddressWitness(address, source: name))
            } else {
                report.say(1, "no answer about our address from \(name)")
            }
        }
        evidence.udpWorks = evidence.clock != nil || !evidence.witnesses.isEmpty
    }
}
