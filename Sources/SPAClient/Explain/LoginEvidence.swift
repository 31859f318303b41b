internal import SPAConfig
package import SPANet
package import SPASystem

/// How far our clock is from somebody else's.
package struct ClockEvidence: Hashable, Sendable {
    /// How far that clock is ahead of ours, in milliseconds; negative where ours is ahead.
    package let offset: Int64
    /// Whose it is.
    package let source: String

    package init(offset: Int64, source: String) { (self.offset, self.source) = (offset, source) }

    /// From the date of a page over TLS, asked at `surveyStart` (milliseconds since 1970); nil where there is none. To the
    /// second, since that is what a page tells.
    package init?(page finding: AddressFinding, surveyStart: Int64) {
        guard case .page(let page) = finding.source, page.isSecure, let date = finding.serverDate else {
            return nil
        }
        let theirs = date.multipliedReportingOverflow(by: 1000)
        let ours = surveyStart.addingReportingOverflow(finding.milliseconds)
        let offset = theirs.partialValue.subtractingReportingOverflow(ours.partialValue)
        guard !theirs.overflow, !ours.overflow, !offset.overflow else { return nil }
        self.init(offset: offset.partialValue, source: page.description)
    }
}

/// The address that somebody, or something, knows us by.
package struct AddressWitness: Hashable, Sendable {
    package let address: IPAddress
    /// `the route to 203.0.113.1`, or a source by its name.
    package let source: String

    package init(_ address: IPAddress, source: String) { (self.address, self.source) = (address, source) }

    /// The sources that told an address; what was remembered is nobody's word of today.
    package static func all(_ findings: [AddressFinding]) -> [AddressWitness] {
        findings.compactMap { finding in
            guard case .address(let address) = finding.outcome, finding.source != .cache else { return nil }
            return AddressWitness(.v4(address), source: finding.source.description)
        }
    }
}

/// How a login ended, as far as it can be seen from outside.
package enum LoginEnding: Hashable, Sendable {
    case opened
    /// No answer of any kind.
    case silent
    /// A router, or the firewall, said that it cannot be reached.
    case unreachable(reason: String)
    /// Silent at first, refused then.
    case refusedLater
    /// Refused from the first attempt on.
    case refusedThroughout
    /// A name without an address, or one that took too long.
    case notLookedUp
    case addressUnknown
    case knockNotSent
    /// Before anything was tried: command line, rc file, keys. The failure itself says all.
    case notTried

    /// From the failure of a login, and what its connection attempts showed.
    package init(_ failure: ClientFailure, _ conclusions: [ConnectEvidence.Conclusion]) {
        switch failure.status {
        case .nothingOpened:
            let reason = conclusions.lazy.compactMap { conclusion in
                if case .unreachable(let reason) = conclusion { reason } else { nil }
            }.first
            self = reason.map { .unreachable(reason: $0) } ?? .silent
        case .serviceRefuses: self = .refusedLater
        case .refusedThroughout: self = .refusedThroughout
        case .lookup, .lookupDeadline: self = .notLookedUp
        case .noPublicAddress: self = .addressUnknown
        case .knockNotSent: self = .knockNotSent
        default: self = .notTried
        }
    }
}

/// What is known when a door stays shut.
package struct LoginEvidence: Hashable, Sendable {
    package var ending: LoginEnding
    /// The port that was tried.
    package var port: UInt16
    /// What the knocks asked for: `tcp/22`.
    package var services = ""
    /// `203.0.113.1:62201`; nil while unknown.
    package var server: InternetEndpoint?
    /// The addresses that the last knock asked for; `0.0.0.0` and `::` leave it to the server.
    package var asked: [IPAddress] = []
    package var witnesses: [AddressWitness] = []
    /// What others tell about our clock, the most exact first.
    package var clocks: [ClockEvidence] = []
    /// TIME_OFFSET, seconds.
    package var timeOffset: Int64 = 0
    package var hasHMAC = true
    /// How packets were sent.
    package var carriers: [KnockCarrier] = [.udp]
    /// Those that did not get to the server, each once.
    package var failures: [KnockFailure] = []
    /// Whether anybody on the Internet answered over UDP; nil where nobody was asked.
    package var udpWorks: Bool?

    package init(_ ending: LoginEnding, port: UInt16) { (self.ending, self.port) = (ending, port) }

    /// Whether the server was asked to take the packet's source.
    package var leavesAddressToServer: Bool { asked.contains(where: \.isUnspecified) }

    /// Adds what a survey of all sources has shown that began at `surveyStart`, milliseconds since 1970.
    package mutating func add(_ findings: [AddressFinding], surveyStart: Int64) {
        let fresh = AddressWitness.all(findings)
        // What was told during the login stays, where the same source is silent now.
        witnesses = fresh + witnesses.filter { old in !fresh.contains { $0.source == old.source } }
        // An answer that cannot be believed came all the same.
        let answers = findings.filter(\.source.isOverUDP).compactMap(\.hasAnswered)
        if !clocks.isEmpty || answers.contains(true) {
            udpWorks = true
        } else if !answers.isEmpty {
            udpWorks = false
        }
        clocks += findings.lazy.compactMap { ClockEvidence(page: $0, surveyStart: surveyStart) }.prefix(1)
    }

    /// The clock that the dates of our packets are compared with: of several, the one that is nearest to them. What two clocks
    /// agree on, ours being one of them, is more likely than what a third says; and where all differ, this claims the least.
    package var clock: ClockEvidence? {
        clocks.min { (lead(over: $0)?.magnitude ?? .max) < (lead(over: $1)?.magnitude ?? .max) }
    }

    /// How far the dates of our packets are ahead of the time, in milliseconds; nil while the time is unknown.
    package var lead: Int64? { clock.flatMap { lead(over: $0) } }

    /// Two others that tell the time, if they do not tell the same; how far the second is ahead of the first, in milliseconds.
    /// A page tells it to the second, and after some while.
    package var clockDispute: (one: ClockEvidence, other: ClockEvidence, lead: Int64)? {
        guard let one = clocks.first else { return nil }
        for other in clocks.dropFirst() {
            let (lead, overflow) = other.offset.subtractingReportingOverflow(one.offset)
            if !overflow, lead.magnitude > LoginEvidence.disputeTolerance { return (one, other, lead) }
        }
        return nil
    }

    /// Milliseconds.
    private static let disputeTolerance: UInt64 = 5_000

    private func lead(over clock: ClockEvidence) -> Int64? {
        let offset = timeOffset.multipliedReportingOverflow(by: 1000)
        let lead = offset.partialValue.subtractingReportingOverflow(clock.offset)
        return offset.overflow || lead.overflow ? nil : lead.partialValue
    }
}
