import SPAClient
import SPANet
import SPASystem
import Testing

private let own = IPAddress.v4(IPv4Address(bits: 0xC000_0201))
private let other = IPAddress.v4(IPv4Address(bits: 0xC633_6402))
private let server = InternetEndpoint(.v4(IPv4Address(bits: 0xCB00_7101)), port: 62201)

/// A silent door, where everything that can be asked speaks for us.
private func evidence(
    _ ending: LoginEnding = .silent, _ change: (inout LoginEvidence) -> Void = { _ in }
) -> LoginEvidence {
    var evidence = LoginEvidence(ending, port: 22)
    evidence.services = "tcp/22"
    evidence.server = server
    evidence.asked = [own]
    evidence.witnesses = [AddressWitness(own, source: "stun.example")]
    evidence.clocks = [ClockEvidence(offset: 40, source: "time.example:123")]
    evidence.udpWorks = true
    change(&evidence)
    return evidence
}

private let refusedKnock: [Cause] = [
    .keys, .portNotGranted(services: "tcp/22"), .knockLost(server: "203.0.113.1:62201", carriers: [.udp]),
    .serverDown,
]
private let silence = refusedKnock + [.firewallBefore(port: 22)]

private func late(_ lead: Int64, _ offset: Int64 = 0) -> Cause {
    .clock(lead: lead, source: "time.example:123", timeOffset: offset)
}

@Suite struct Diagnoses {
    @Test(
        arguments: [
            ("open", evidence(.opened), []), ("a bad rc file", evidence(.notTried), []),
            ("silence", evidence(), silence),
            ("no such name", evidence(.notLookedUp), [.name]),
            ("no route", evidence(.knockNotSent), [.noRoute]),
            ("no STUN", evidence(.addressUnknown), [.nobodyTellsOurAddress]),
            ("service down", evidence(.refusedLater), [.serviceDown(port: 22)]),
            (
                "service down, or REJECT", evidence(.refusedThroughout),
                [.serviceDown(port: 22)] + refusedKnock
            ),
            (
                "ICMP", evidence(.unreachable(reason: "No route to host")),
                [.rejected(reason: "No route to host"), .noRoute] + refusedKnock
            ),
        ] as [(String, LoginEvidence, [Cause])])
    func followFromTheEnd(_ what: String, _ evidence: LoginEvidence, _ expected: [Cause]) {
        #expect(Diagnosis.causes(evidence) == expected)
    }

    @Test(
        arguments: [
            (60_000, 0, late(-60_000)), (-60_000, 0, late(60_000)), (14_700_000, 0, late(-14_700_000)),
            (0, -14_400, late(-14_400_000, -14_400)), (-5_000, 300, late(305_000, 300)),
        ] as [(Int64, Int64, Cause)])
    func putAWrongClockFirst(_ offset: Int64, _ timeOffset: Int64, _ expected: Cause) {
        for ending in [LoginEnding.silent, .refusedThroughout, .unreachable(reason: "x")] {
            let causes = Diagnosis.causes(
                evidence(ending) {
                    $0.clocks = [ClockEvidence(offset: offset, source: "time.example:123")]
                    $0.timeOffset = timeOffset
                })
            #expect(causes.first == expected)
        }
    }

    @Test(arguments: [(59_999, 0), (-59_999, 0), (14_400_000, 14_400)] as [(Int64, Int64)])
    func passOverAClockThatIsRight(_ offset: Int64, _ timeOffset: Int64) {
        let causes = Diagnosis.causes(
            evidence {
                $0.clocks = [ClockEvidence(offset: offset, source: "time.example:123")]
                $0.timeOffset = timeOffset
            })
        #expect(causes == silence)
    }

    @Test func putAnAddressThatSomebodySeesDifferentlyFirst() {
        let witness = AddressWitness(other, source: "second.example")
        let causes = Diagnosis.causes(evidence { $0.witnesses = [witness] })
        #expect(causes == [.wrongAddress(asked: own, witness)] + silence)
    }

    @Test func putSourcesThatDifferFirstWhateverWasAskedFor() {
        let witness = AddressWitness(other, source: "second.example")
        for asked in [[own], [other], [own, .v4(.unspecified)], [.v4(.unspecified)]] {
            let causes = Diagnosis.causes(
                evidence {
                    $0.asked = asked
                    $0.witnesses.append(witness)
                })
            let first = AddressWitness(own, source: "stun.example")
            #expect(causes == [.witnessesDiffer(first, witness)] + silence)
        }
    }

    @Test func haveNothingAgainstOneAddressOfSeveral() {
        #expect(Diagnosis.causes(evidence { $0.asked = [other, own] }) == silence)
    }

    @Test func haveNothingAgainstAnAddressThatIsLeftToTheServer() {
        let witness = AddressWitness(other, source: "second.example")
        for asked in [[.v4(.unspecified)], [own, .v4(.unspecified)], [.v6(.unspecified)]] as [[IPAddress]] {
            #expect(
                Diagnosis.causes(
                    evidence {
                        $0.asked = asked
                        $0.witnesses = [witness]
                    }) == silence)
        }
    }

    @Test func putAMissingHMACBeforeWrongKeys() {
        #expect(Diagnosis.causes(evidence { $0.hasHMAC = false }) == [.noHMAC] + silence)
    }

    @Test func nameWhatNobodyCouldTell() {
        let causes = Diagnosis.causes(
            evidence {
                $0.clocks = []
                $0.witnesses = []
                $0.udpWorks = false
                $0.timeOffset = 5
            })
        #expect(
            causes == [
                .udpBlocked, .keys, .portNotGranted(services: "tcp/22"), .clockUnknown(timeOffset: 5),
                .addressUnknown(asked: own), .serverDown, .firewallBefore(port: 22),
            ])
    }

    private func failure(_ code: Int32, _ carrier: KnockCarrier = .tcp) -> KnockFailure {
        KnockFailure(server, carrier, SystemError(call: "connect", code: code))
    }

    @Test func knowHowAKnockFailed() {
        let refused = failure(ErrorCode.connectionRefused)
        let noRoute = failure(ErrorCode.networkUnreachable, .udp)
        let forbidden = failure(ErrorCode.notPermitted, .udp)
        for (failures, expected) in [
            ([], [.noRoute]), ([refused], [.knockFailed(refused)]), ([noRoute], [.noRoute]),
            ([forbidden], [.knockFailed(forbidden)]),
            ([noRoute, refused], [.noRoute, .knockFailed(refused)]),
        ] as [([KnockFailure], [Cause])] {
            #expect(Diagnosis.causes(evidence(.knockNotSent) { $0.failures = failures }) == expected)
        }
    }

    @Test func putAKnockThatDidNotArriveBeforeTheKeys() {
        let lost = failure(ErrorCode.notPermitted, .syn)
        let elsewhere = KnockFailure(
            InternetEndpoint(own, port: 62201), .udp,
            SystemError(call: "x", code: ErrorCode.networkUnreachable))
        let causes = Diagnosis.causes(evidence { $0.failures = [elsewhere, lost] })
        #expect(causes == [.knockFailed(lost)] + silence)
    }

    @Test(
        arguments: [
            ([.udp], true, [], [.udp]), ([.udp], false, [.udpBlocked], []), ([.syn], false, [], [.syn]),
            ([.udp, .syn], true, [], [.udp, .syn]), ([.udp, .syn], false, [.udpBlocked], [.syn]),
            ([.tcp], false, [], [.tcp]), ([.http(host: "a")], nil, [], [.http(host: "a")]),
        ] as [([KnockCarrier], Bool?, [Cause], [KnockCarrier])])
    func nameTheWaysThatPacketsWent(
        _ carriers: [KnockCarrier], _ udpWorks: Bool?, _ first: [Cause], _ lost: [KnockCarrier]
    ) {
        let causes = Diagnosis.causes(
            evidence {
                $0.carriers = carriers
                $0.udpWorks = udpWorks
            })
        let way: [Cause] = lost.isEmpty ? [] : [.knockLost(server: "203.0.113.1:62201", carriers: lost)]
        #expect(
            causes == first + [.keys, .portNotGranted(services: "tcp/22")] + way + [
                .serverDown, .firewallBefore(port: 22),
            ])
    }

    private let ntp = ClockEvidence(offset: 3_600_000, source: "time.example:123")

    @Test func goByTheClockThatIsNearerToOurs() {
        let page = ClockEvidence(offset: 400, source: "https://page.example/")
        let dispute = Cause.clocksDiffer(ntp, page, lead: -3_599_600)
        #expect(Diagnosis.causes(evidence { $0.clocks = [ntp, page] }) == [dispute] + silence)
        // Nearer to the dates in the packets, that is.
        let causes = Diagnosis.causes(
            evidence {
                $0.clocks = [ntp, page]
                $0.timeOffset = 3600
            })
        #expect(causes == [dispute] + silence)
        let far = ClockEvidence(offset: -90_000_000, source: "https://page.example/")
        #expect(
            Diagnosis.causes(evidence { $0.clocks = [ntp, far] }).prefix(2) == [
                late(-3_600_000), .clocksDiffer(ntp, far, lead: -93_600_000),
            ])
    }

    @Test func haveNothingAgainstClocksThatDifferByLess() {
        let other = ClockEvidence(offset: 50_000, source: "https://page.example/")
        let exact = ClockEvidence(offset: 40, source: "time.example:123")
        #expect(Diagnosis.causes(evidence { $0.clocks = [exact, other] }) == silence)
        let close = ClockEvidence(offset: 5_040, source: "x")
        #expect(evidence { $0.clocks = [exact, close] }.clockDispute == nil)
        #expect(evidence { $0.clocks = [exact, other] }.clockDispute?.lead == 49_960)
    }

    @Test func surviveNumbersWithoutEnd() {
        for (offset, timeOffset) in [(Int64.min, Int64.max), (.max, .min), (.min, 0), (0, .max)] {
            let causes = Diagnosis.causes(
                evidence {
                    $0.clocks = [ClockEvidence(offset: offset, source: "x")]
                    $0.timeOffset = timeOffset
                })
            #expect(!causes.map(\.description).isEmpty)
        }
    }
}

@Suite struct Endings {
    @Test(
        arguments: [
            (.nothingOpened, [], .silent), (.nothingOpened, [.silent], .silent),
            (.nothingOpened, [.silent, .unreachable(reason: "x")], .unreachable(reason: "x")),
            (.serviceRefuses, [.openedAndRefused], .refusedLater),
            (.refusedThroughout, [.refusedThroughout], .refusedThroughout),
            (.lookup, [], .notLookedUp), (.lookupDeadline, [], .notLookedUp),
            (.noPublicAddress, [], .addressUnknown),
            (.knockNotSent, [], .knockNotSent), (.configuration, [], .notTried), (.noStanza, [], .notTried),
            (.usage, [], .notTried), (.other, [], .notTried),
        ] as [(ClientStatus, [ConnectEvidence.Conclusion], LoginEnding)])
    func followFromTheFailure(
        _ status: ClientStatus, _ conclusions: [ConnectEvidence.Conclusion], _ expected: LoginEnding
    ) {
        #expect(LoginEnding(ClientFailure(status, "x"), conclusions) == expected)
    }
}

private let one = ClockEvidence(offset: 0, source: "time.example:123")
private let two = ClockEvidence(offset: 1, source: "https://page.example/")

@Suite struct CauseTexts {
    private let all: [Cause] = [
        late(-14_700_000), late(61_500, 60), .clockUnknown(timeOffset: 0), .clockUnknown(timeOffset: 9),
        .wrongAddress(asked: own, AddressWitness(other, source: "x")),
        .witnessesDiffer(AddressWitness(own, source: "x"), AddressWitness(other, source: "y")),
        .addressUnknown(asked: own), .noHMAC,
        .keys,
        .portNotGranted(services: "tcp/22"), .udpBlocked, .knockLost(server: "x", carriers: [.udp]),
        .serverDown,
        .knockLost(server: "x", carriers: [.syn]), .knockLost(server: "x", carriers: [.udp, .syn]),
        .knockLost(server: "x", carriers: [.tcp]), .clocksDiffer(one, two, lead: -70_000),
        .clocksDiffer(one, two, lead: 70_000),
        .knockFailed(KnockFailure(server, .tcp, SystemError(call: "x", code: ErrorCode.connectionRefused))),
        .knockFailed(KnockFailure(server, .tcp, SystemError(call: "x", code: ErrorCode.timedOut))),
        .knockFailed(KnockFailure(server, .udp, SystemError(call: "x", code: ErrorCode.notPermitted))),
        .firewallBefore(port: 22), .serviceDown(port: 22), .rejected(reason: "x"), .noRoute, .name,
        .nobodyTellsOurAddress,
    ]

    @Test func areOneLineThatSaysWhatToDo() {
        for cause in all {
            #expect(cause.description.contains("; ") && !cause.description.contains("\n"), "\(cause)")
        }
        #expect(Set(all.map(\.description)).count == all.count)
    }

    @Test(
        arguments: [
            (-14_700_000, "4 h 5 min behind"), (61_500, "1 min 1 s ahead"), (864_000_000, "10 days ahead"),
            (-90_000_000, "25 h 0 min behind"),
        ] as [(Int64, String)])
    func tellHowFarAClockIsOff(_ lead: Int64, _ words: String) {
        #expect(late(lead).description.contains("dated \(words) "))
    }
}
