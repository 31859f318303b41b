internal import SPAConfig
internal import SPANet
internal import SPASystem

/// What one login has shown so far. Filled in while it runs, for whoever has to explain its end.
final class LoginFacts {
    /// What became of the attempts to connect to one address.
    struct Lane {
        let endpoint: InternetEndpoint
        var started = 0
        /// How often each error came, in the order of their first.
        var errors: [(reason: String, count: Int)] = []
    }

    let target: ProxyTarget
    var plan: ProxyPlan?
    var hasHMAC = true
    var server: InternetEndpoint?
    /// Who knows what the knocks ask for.
    var address: AddressWatches?
    var carriers: [KnockCarrier] = []
    /// What did not get to the server, each once.
    private(set) var failures: [KnockFailure] = []
    private(set) var knocks = 0
    /// Nanoseconds of the ``MonotonicClock``.
    private(set) var firstKnock: Int64?
    private(set) var lanes: [Lane] = []
    var conclusions: [ConnectEvidence.Conclusion] = []

    init(_ target: ProxyTarget) { self.target = target }

    func noteKnock() {
        knocks += 1
        firstKnock = firstKnock ?? MonotonicClock.now()
    }

    func noteFailure(_ failure: KnockFailure) { if !failures.contains(failure) { failures.append(failure) } }

    func noteAttempt(_ endpoint: InternetEndpoint) { lanes[lane(endpoint)].started += 1 }

    func noteError(_ endpoint: InternetEndpoint, _ reason: String) {
        let lane = lane(endpoint)
        if let place = lanes[lane].errors.firstIndex(where: { $0.reason == reason }) {
            lanes[lane].errors[place].count += 1
        } else {
            lanes[lane].errors.append((reason, 1))
        }
    }

    /// Milliseconds since the first knock, one decimal; nil before it.
    var sinceKnock: String? {
        firstKnock.map { start in
            let tenths = (MonotonicClock.now() - start) / 100_000
            return "\(tenths / 10).\(tenths % 10) ms"
        }
    }

    /// One line for each address that was tried.
    var summary: [String] {
        lanes.map { lane in
            let answers = lane.errors.map { "\($0.count) times \($0.reason)" }.joined(separator: ", ")
            let number = "\(lane.started) attempt\(lane.started == 1 ? "" : "s")"
            return "\(lane.endpoint): \(number), \(answers.isEmpty ? "no answer to any" : answers)"
        }
    }

    /// The evidence, without what only others can tell.
    func evidence(_ failure: ClientFailure) -> LoginEvidence {
        var evidence = LoginEvidence(LoginEnding(failure, conclusions), port: target.port)
        evidence.services = plan?.services.map(\.description).joined(separator: ",") ?? ""
        evidence.server = server
        // Of the family that others can be asked about: two families have nothing to contradict each other in.
        evidence.asked = (address?.asked ?? []).filter {
            server == nil || $0.family == server?.address.family
        }
        evidence.witnesses = AddressWitness.all(address?.findings ?? [])
        evidence.timeOffset = plan?.stanza.timeOffset ?? 0
        evidence.hasHMAC = hasHMAC
        if !carriers.isEmpty { evidence.carriers = carriers }
        evidence.failures = failures
        return evidence
    }

    private func lane(_ endpoint: InternetEndpoint) -> Int {
        if let place = lanes.firstIndex(where: { $0.endpoint == endpoint }) { return place }
        lanes.append(Lane(endpoint: endpoint))
        return lanes.count - 1
    }
}
