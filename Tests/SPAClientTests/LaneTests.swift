import SPAClient
import SPAConfig
import SPANet
import SPASystem
import Testing

private let millisecond: Int64 = 1_000_000
private let first = ConnectSchedule.firstDelay
private let stagger = ConnectSchedule.addressStagger

@Suite struct Lanes {
    private let unreachable = SystemError(call: "connect", code: ErrorCode.networkUnreachable)
    private let refused = SystemError(call: "connect", code: ErrorCode.connectionRefused)

    /// Lanes to these addresses, after a knock at 0 for all of them.
    private func lanes(_ texts: [String]) throws -> ConnectLanes {
        var lanes = ConnectLanes(ConnectSchedule(for: .sallyport))
        lanes.add(try endpoints(texts))
        lanes.restart([.v4, .v6], now: 0, isRound: true)
        return lanes
    }

    private func endpoints(_ texts: [String]) throws -> [InternetEndpoint] {
        try texts.map { InternetEndpoint(try #require(IPAddress($0)), port: 22) }
    }

    /// When each address has its next attempt: at the millisecond at which it is due, by asking for each.
    private func dues(_ lanes: ConnectLanes) -> [Int64?] {
        (0..<lanes.count).map { lane in
            (0..<2000).first { lanes.due(at: $0 * millisecond).contains(lane) }
        }
    }

    @Test func waitForAKnockForTheirFamily() throws {
        var lanes = ConnectLanes(ConnectSchedule(for: .sallyport))
        lanes.add(try endpoints(["2001:db8::1", "192.0.2.1"]))
        #expect(lanes.due == nil)
        lanes.restart([.v4], now: 0, isRound: true)
        // Nobody has a turn before it.
        #expect(dues(lanes) == [nil, 3])
        lanes.restart([.v6], now: 20 * millisecond, isRound: false)
        #expect(dues(lanes) == [23, 3])
    }

    @Test func startOneAfterTheOther() throws {
        let lanes = try lanes(["2001:db8::1", "192.0.2.1", "2001:db8::2"])
        #expect(dues(lanes) == [3, 103, 203])
        #expect(lanes.due == first)
    }

    @Test func leaveTheirPlaceToTheNextWhenTheyFailAtOnce() throws {
        var lanes = try lanes(["2001:db8::1", "192.0.2.1", "2001:db8::2"])
        let ordinal = lanes.begin(0, now: first)
        lanes.end(0, ordinal: ordinal, unreachable)
        #expect(dues(lanes) == [9, 3, 103])
        #expect(lanes.evidence[0].conclusion == .unreachable(reason: unreachable.reason))
    }

    @Test func keepTheirPlaceWhenTheyAreRefused() throws {
        var lanes = try lanes(["2001:db8::1", "192.0.2.1"])
        let ordinal = lanes.begin(0, now: first)
        lanes.end(0, ordinal: ordinal, refused)
        #expect(dues(lanes) == [9, 103], "a refusal may be a closed door's")
    }

    @Test func keepTheirPlaceWhileAnAttemptIsOnItsWay() throws {
        var lanes = try lanes(["2001:db8::1", "192.0.2.1"])
        let one = lanes.begin(0, now: first)
        let two = lanes.begin(0, now: first + 6 * millisecond)
        lanes.end(0, ordinal: one, unreachable)
        #expect(dues(lanes)[1] == 103)
        lanes.end(0, ordinal: two, unreachable)
        #expect(dues(lanes)[1] == 3)
    }

    @Test func giveNobodyAStartBeforeTheKnockHasHadItsTime() throws {
        var lanes = try lanes(["2001:db8::1"])
        let ordinal = lanes.begin(0, now: first)
        lanes.end(0, ordinal: ordinal, unreachable)
        lanes.add(try endpoints(["192.0.2.1"]))
        lanes.restart([.v4], now: 40 * millisecond, isRound: false)
        #expect(dues(lanes) == [9, 43])
    }

    @Test func ofALateFamilyFollowTheOthersAtTheirDistance() throws {
        var lanes = ConnectLanes(ConnectSchedule(for: .sallyport))
        lanes.add(try endpoints(["192.0.2.1"]))
        lanes.restart([.v4], now: 0, isRound: true)
        lanes.add(try endpoints(["2001:db8::1"]))
        lanes.restart([.v6], now: 20 * millisecond, isRound: false)
        #expect(dues(lanes) == [3, 103])
        lanes.restart([.v6], now: 400 * millisecond, isRound: false)
        #expect(dues(lanes) == [3, 403])
    }

    @Test func thatComeAfterTheKnockForTheirFamilyAreTriedAsWell() throws {
        var lanes = try lanes(["192.0.2.1"])
        lanes.add(try endpoints(["192.0.2.2"]))
        #expect(dues(lanes) == [3, 103])
    }

    @Test func areCloseTogetherAgainWhenAPacketHasArrived() throws {
        var lanes = try lanes(["192.0.2.1", "192.0.2.2"])
        for moment in [3, 9, 21, 46, 96] as [Int64] { _ = lanes.begin(0, now: moment * millisecond) }
        #expect(dues(lanes)[0] == 196)
        lanes.quicken([.v4], now: 100 * millisecond)
        #expect(dues(lanes) == [103, 103])
        lanes.quicken([.v6], now: 0)
        #expect(dues(lanes) == [103, 103])
    }
}
