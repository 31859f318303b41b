import SPAClient
import SPAConfig
import SPANet
import Testing

private let own = IPv4Address(bits: 0xC000_0201)
private let other = IPv4Address(bits: 0xC633_6402)
private let start: Int64 = 1_800_000_000_000

private func page(
    isSecure: Bool = true, _ outcome: AddressFinding.Outcome = .address(own), date: Int64? = 1_800_000_060
) -> AddressFinding {
    let address = WebAddress(isSecure: isSecure, host: "page.example", port: 443, path: "/")
    return AddressFinding(.page(address), outcome, milliseconds: 500, serverDate: date)
}

private let stun = AddressFinding(.stun("a:1"), .address(other), milliseconds: 3)
private let silentStun = AddressFinding(.stun("a:1"), .silent, milliseconds: 3)

private func added(
    _ findings: [AddressFinding], _ change: (inout LoginEvidence) -> Void = { _ in }
) -> LoginEvidence {
    var evidence = LoginEvidence(.silent, port: 22)
    change(&evidence)
    evidence.add(findings, surveyStart: start)
    return evidence
}

@Suite struct SurveyEvidence {
    @Test func hasAWitnessForEachSourceThatAnswers() {
        let remembered = AddressFinding(.cache, .address(other), milliseconds: 0)
        let witnesses = added([remembered, silentStun, page(), stun]).witnesses
        #expect(
            witnesses == [
                AddressWitness(.v4(own), source: "https://page.example/"),
                AddressWitness(.v4(other), source: "STUN a:1"),
            ])
    }

    @Test func keepsWhatASilentSourceToldBefore() {
        let before = [
            AddressWitness(.v4(own), source: "STUN a:1"), AddressWitness(.v4(own), source: "STUN b:1"),
        ]
        let witnesses = added([stun]) { $0.witnesses = before }.witnesses
        #expect(witnesses == [AddressWitness(.v4(other), source: "STUN a:1"), before[1]])
    }

    @Test func takesTheTimeFromAPageOverTLS() {
        let expected = ClockEvidence(offset: 59_500, source: "https://page.example/")
        #expect(added([stun, page()]).clock == expected)
        #expect(added([page(.useless("x"))]).clock == expected, "its address may be refused, its date counts")
        let exact = ClockEvidence(offset: 7, source: "time.example:123")
        let both = added([page()]) { $0.clocks = [exact] }
        #expect(both.clocks == [exact, expected], "the more exact one first")
        #expect(both.clock == exact)
    }

    @Test(arguments: [page(isSecure: false), page(date: nil), page(date: .max), page(date: .min), stun])
    func takesItFromNothingElse(_ finding: AddressFinding) { #expect(added([finding]).clock == nil) }

    @Test func knowsWhetherUDPWorksFromThoseWhoWereAskedSo() {
        #expect(added([page()]).udpWorks == nil)
        #expect(added([page(), silentStun]).udpWorks == false)
        #expect(added([silentStun, stun]).udpWorks == true)
        let untrue = AddressFinding(.stun("a:1"), .useless("10.0.0.1 is private"), milliseconds: 3)
        #expect(
            added([silentStun, untrue]).udpWorks == true, "an answer that is not believed came all the same")
        let notAsked = AddressFinding(.stun("a:1"), .failed("no such name"), milliseconds: 3)
        #expect(added([notAsked]).udpWorks == nil)
        #expect(added([notAsked, silentStun]).udpWorks == false)
        let clock = ClockEvidence(offset: 7, source: "time.example:123")
        #expect(added([silentStun]) { $0.clocks = [clock] }.udpWorks == true)
    }
}
