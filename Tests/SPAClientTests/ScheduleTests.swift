import SPAClient
import SPAConfig
import Testing

private let millisecond: Int64 = 1_000_000

@Suite struct ConnectSchedules {
    @Test func startAFewMillisecondsAfterTheKnock() {
        #expect((2...4).contains(ConnectSchedule.firstDelay / millisecond))
    }

    @Test(
        arguments: [
            (.fwknop, [6, 12, 25, 25, 25, 25, 25, 25, 25, 25, 31]),
            (.sallyport, [6, 12, 25, 50, 100, 200, 250]),
        ] as [(ServerKind, [Int64])])
    func growFromSixMillisecondsToAQuarterOfASecond(_ server: ServerKind, _ first: [Int64]) {
        let schedule = ConnectSchedule(for: server)
        let steps = (0..<40).map { schedule.step(after: $0) / millisecond }
        #expect(Array(steps.prefix(first.count)) == first)
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(steps.last == 250)
        #expect(schedule.step(after: .max - 1) == 250 * millisecond)
        #expect(schedule.step(after: -1) == 6 * millisecond)
    }

    @Test(arguments: [ServerKind.fwknop, .sallyport])
    func leaveAnAttemptASecondForItsAnswer(_ server: ServerKind) {
        // Behind a path this long an attempt that is closed for the next one could never succeed.
        let schedule = ConnectSchedule(for: server)
        let open = (0..<ConnectSchedule.maximumOpen).reduce(Int64(0)) { $0 + schedule.step(after: $1) }
        #expect(open > 1000 * millisecond)
    }

    @Test func knockAgainAfterOneTwoAndThenEveryFourSeconds() {
        #expect(
            [0, 1, 2, 3, 1000].map { ConnectSchedule.knockStep(after: $0) / millisecond } == [
                1000, 2000, 4000, 4000, 4000,
            ])
    }
}

@Suite struct AddressTimetables {
    @Test func giveEachKindAndEachSourceOfAKindAHeadStart() {
        let starts = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)].map {
            AddressTimetable.start(kind: $0.0, source: $0.1) / millisecond
        }
        #expect(starts == [0, 200, 200, 400, 400])
        #expect(AddressTimetable.start(kind: 1, source: 0, throughProxy: true) == 1200 * millisecond)
    }

    @Test func sendADatagramFourTimesAndWaitASecondForTheLastAnswer() {
        #expect(AddressTimetable.resends.map { $0 / millisecond } == [250, 750, 1750])
        #expect(AddressTimetable.datagramPatience == 2750 * millisecond)
    }
}

@Suite struct StunServerNames {
    @Test(
        arguments: [
            ("stun.example.org", "stun.example.org", 3478),
            ("stun.example.org:19302", "stun.example.org", 19302),
            ("192.0.2.1:1", "192.0.2.1", 1), ("2001:db8::1", "2001:db8::1", 3478),
        ] as [(String, String, UInt16)])
    func haveADefaultPort(_ text: String, _ host: String, _ port: UInt16) throws {
        let name = try #require(StunServerName(text))
        #expect(name.host.text == host)
        #expect(name.port == port)
    }

    @Test(arguments: ["", ":3478", "a:", "a:0", "a:65536", "a:x", "-a", "a b"])
    func areRefused(_ text: String) { #expect(StunServerName(text) == nil) }

    @Test func ofTheBuiltInListAreGood() {
        #expect(
            StunServerName.builtIn.count == StunServerName.builtIn.compactMap { StunServerName($0) }.count)
    }
}
