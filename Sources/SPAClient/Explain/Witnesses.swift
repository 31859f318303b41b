internal import SPAConfig
internal import SPASystem

/// Asks others about our clock and our address, once a door has stayed shut.
enum Witnesses {
    /// Nanoseconds for all of it.
    private static let patience: Int64 = 5_800_000_000
    /// Nanoseconds for the time server.
    private static let timePatience: Int64 = 1_500_000_000

    /// Adds what they tell to `evidence`, and reports it.
    static func ask(_ facts: LoginFacts, _ evidence: inout LoginEvidence, _ report: Report) {
        guard let stanza = facts.plan?.stanza else { return }
        let end = MonotonicClock.now() + patience
        let time = stanza.timeServer ?? TimeQuestion.builtIn
        if let clock = TimeQuestion.ask(time, deadline: MonotonicClock.now() + timePatience) {
            evidence.clocks = [clock]
            report.say(1, describe(clock))
        } else {
            report.say(1, "nobody tells the time: no answer from \(time)")
        }
        let known = evidence.clocks.count
        guard let server = evidence.server else { return }
        let networks = (try? NetworkInterfaces.networks()) ?? []
        let choice = AddressChoice(.automatic, server: server.address, networks: networks)
        // Nobody translates IPv6 on the way, as a rule.
        if choice == .onRoute || server.address.family == .v6 {
            guard let address = try? OwnAddress.onRoute(to: server) else { return }
            report.say(1, "our address on the route to \(server.address) is \(address)")
            evidence.witnesses = [AddressWitness(address, source: "the route to \(server.address)")]
            return
        }
        let start = RealtimeClock.now() / 1_000_000
        let findings = AddressSurvey.ask(stanza, server: server, deadline: end)
        for finding in findings { report.say(1, "address: \(finding)") }
        evidence.add(findings, surveyStart: start)
        for clock in evidence.clocks.dropFirst(known) { report.say(1, describe(clock)) }
        if let dispute = evidence.clockDispute, let clock = evidence.clock {
            report.say(
                1,
                "\(dispute.one.source) and \(dispute.other.source) differ by \(CauseText.duration(dispute.lead)): goes by "
                    + "\(clock.source), which is nearer to our dates")
        }
    }

    private static func describe(_ clock: ClockEvidence) -> String {
        let side = clock.offset < 0 ? "ahead of" : "behind"
        return "our clock is \(CauseText.duration(clock.offset)) \(side) \(clock.source)"
    }
}
