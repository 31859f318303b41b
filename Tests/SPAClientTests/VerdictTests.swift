import SPAClient
import Testing

private func evidence(refused: [Int] = [], failed: [String] = []) -> ConnectEvidence {
    var evidence = ConnectEvidence()
    for number in refused { evidence.noteRefusal(attempt: number) }
    for reason in failed { evidence.noteFailure(reason: reason) }
    return evidence
}

@Suite struct Verdicts {
    @Test(
        arguments: [
            ("nothing came", evidence(), .silent),
            ("refused at once", evidence(refused: [0, 1, 2]), .refusedThroughout),
            ("silent, then refused", evidence(refused: [5, 6]), .openedAndRefused),
            (
                "silent, then refused, and the first SYN repeated", evidence(refused: [5, 0, 6]),
                .openedAndRefused
            ),
            (
                "a router's word", evidence(failed: ["No route to host"]),
                .unreachable(reason: "No route to host")
            ),
            (
                "a router's word, then a refusal", evidence(refused: [3], failed: ["No route to host"]),
                .openedAndRefused
            ),
        ] as [(String, ConnectEvidence, ConnectEvidence.Conclusion)])
    func follow(_ what: String, _ evidence: ConnectEvidence, _ expected: ConnectEvidence.Conclusion) {
        #expect(evidence.conclusion == expected)
    }

    @Test(
        arguments: [
            ([evidence(), evidence()], .nothingOpened),
            ([evidence(), evidence(refused: [4])], .serviceRefuses),
            ([evidence(refused: [0]), evidence(refused: [4])], .serviceRefuses),
            ([evidence(refused: [0]), evidence()], .refusedThroughout),
            ([evidence(failed: ["x"]), evidence()], .nothingOpened),
            ([], .nothingOpened),
        ] as [([ConnectEvidence], ClientStatus)])
    func haveTheirExitStatus(_ evidence: [ConnectEvidence], _ expected: ClientStatus) {
        let failure = ConnectEvidence.failure(
            evidence, port: 22, server: "192.0.2.1:62201", carriers: [.udp], seconds: 10)
        #expect(failure.status == expected)
        #expect(!failure.reason.contains("\n"))
    }

    @Test(
        arguments: [
            ([.udp], "by udp to a:1", "UDP gets there"),
            ([.syn], "by syn to a:1", "a SYN with data gets there"),
            ([.udp, .syn], "by udp and syn to a:1", "UDP or a SYN with data gets there"),
            ([.tcp], "by tcp to a:1", "fwknopd takes packets by tcp"),
            ([.http(host: "b")], "by http to a:1", "fwknopd takes packets by http"),
        ] as [([KnockCarrier], String, String)])
    func nameTheWaysOfThePackets(_ carriers: [KnockCarrier], _ way: String, _ needs: String) {
        let reason = ConnectEvidence.failure([], port: 22, server: "a:1", carriers: carriers, seconds: 10)
            .reason
        #expect(reason.contains("knock sent \(way),") && reason.hasSuffix("that \(needs)"), "\(reason)")
    }

    @Test func haveDistinctNumbers() {
        #expect(Set(ClientStatus.allCases.map(\.rawValue)).count == ClientStatus.allCases.count)
    }
}
