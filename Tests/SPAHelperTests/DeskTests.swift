import SPAChannel
import SPAFirewall
import SPANet
import SPAPolicy
import Testing

@testable import SPAHelper

/// Effects in a form that rows can compare.
func words(_ effects: [GrantDesk.Effect]) -> [String] {
    effects.map { effect in
        switch effect {
        case .insert(let insertion):
            "insert \(insertion.token) \(insertion.rule.network) end \(insertion.rule.end)"
        case .confirm(let insertion):
            "confirm \(insertion.token) \(insertion.rule.network) end \(insertion.rule.end)"
        case .delete(let rule): "delete \(rule.network) end \(rule.end)"
        case .reply(let reply): "reply \(reply.id) \(reply.refusal.map { "\($0)" } ?? "granted")"
        case .tell(.granted(let id, _, _, _, let expires, let extended, _)):
            "granted \(id) until \(expires)\(extended ? ", extended" : "")"
        case .tell(.refused(let id, _, _, _, let reason)): "refused \(id) \(reason)"
        case .tell(.expired(let network, _, let expires)): "expired \(network) end \(expires)"
        case .tell(let event): "\(event)"
        case .breach(let what): "breach: \(what)"
        }
    }
}

@Suite struct Desk {
    /// Seconds since 1970 at the start of each test.
    private let now = Sample.wall / Sample.second

    private func desk(grants: UInt32 = 100, perMinute: UInt32 = 6000) throws -> GrantDesk {
        var desk = GrantDesk()
        desk.limits = Sample.limits(
            [try Sample.stanza(), try Sample.stanza(2, open: nil)], grants: grants, perMinute: perMinute)
        return desk
    }

    /// A request so many nanoseconds after the start.
    private func ask(_ desk: inout GrantDesk, _ request: GrantRequest, after elapsed: Int64 = 0) -> [String] {
        words(
            desk.request(request, isOurs: true, wall: Sample.wall + elapsed, moment: Sample.moment + elapsed))
    }

    @Test func aDoorIsToldOpenOnlyWhenTheFirewallHasTheRule() throws {
        var desk = try desk()
        #expect(ask(&desk, try Sample.request(1)) == ["insert 1 192.0.2.1 end \(now + 30)"])
        #expect(desk.count == 1)
        #expect(desk.nextDeadline() == nil)
        #expect(words(desk.inserted(token: 1)) == ["reply 1 granted", "granted 1 until \(now + 30)"])
        #expect(desk.nextDeadline() == Sample.moment + 30 * Sample.second)
        #expect(words(desk.inserted(token: 1)) == [])
        #expect(desk.count == 1)
    }

    @Test func theRuleBeginsASecondEarlyAndEndsRoundedUp() throws {
        var desk = try desk()
        guard
            case .insert(let insertion)? = desk.request(
                try Sample.request(1), isOurs: true, wall: Sample.wall + 1, moment: 0
            ).first
        else {
            Issue.record("no insertion")
            return
        }
        #expect(insertion.rule.start == now - 1)
        #expect(insertion.rule.end == now + 31)
    }

    @Test func aRuleThatTheFirewallRefusesOpensNothing() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1))
        #expect(words(desk.failed(token: 1)) == ["reply 1 firewallFailed", "refused 1 firewallFailed"])
        #expect(desk.count == 0)
        #expect(words(desk.failed(token: 1)) == [])
        #expect(ask(&desk, try Sample.request(2)) == ["insert 2 192.0.2.1 end \(now + 30)"])
    }

    @Test func aGrantEndsOnceAndIsToldWhenItsRuleIsGone() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1))
        _ = desk.inserted(token: 1)
        let deadline = Sample.moment + 30 * Sample.second
        #expect(words(desk.removeDue(at: deadline - 1)) == [])
        #expect(words(desk.removeDue(at: deadline)) == ["delete 192.0.2.1 end \(now + 30)"])
        #expect(words(desk.removeDue(at: deadline)) == [])
        let rule = try Sample.rule(start: now - 1, end: now + 30)
        #expect(words(desk.deleted([rule])) == ["expired 192.0.2.1 end \(now + 30)"])
        #expect(words(desk.deleted([rule])) == [])
    }

    @Test func aSecondKnockExtendsByInsertingBeforeDeleting() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1))
        _ = desk.inserted(token: 1)
        let later = 10 * Sample.second
        #expect(ask(&desk, try Sample.request(2), after: later) == ["insert 2 192.0.2.1 end \(now + 40)"])
        #expect(
            words(desk.inserted(token: 2)) == [
                "reply 2 granted", "granted 2 until \(now + 40), extended",
                "delete 192.0.2.1 end \(now + 30)",
            ])
        #expect(desk.count == 1)
        // The rule that made way is no grant that has expired.
        #expect(words(desk.deleted([try Sample.rule(start: now - 1, end: now + 30)])) == [])
        #expect(words(desk.removeDue(at: Sample.moment + 30 * Sample.second)) == [])
        #expect(
            words(desk.removeDue(at: Sample.moment + 40 * Sample.second)) == [
                "delete 192.0.2.1 end \(now + 40)"
            ])
    }

    @Test func aSecondKnockInTheSameSecondAddsNoRule() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1), after: 1)
        _ = desk.inserted(token: 1)
        // The rule may have been flushed by somebody: it is looked at before anybody is told that the door is open.
        let effects = ask(&desk, try Sample.request(2), after: Sample.second / 2)
        #expect(effects == ["confirm 2 192.0.2.1 end \(now + 31)"])
        #expect(desk.count == 1)
        #expect(
            words(desk.inserted(token: 2)) == ["reply 2 granted", "granted 2 until \(now + 31), extended"])
        #expect(desk.nextDeadline() == Sample.moment + 31 * Sample.second)
        #expect(desk.count == 1)
    }

    @Test func aShorterSecondKnockShortensNothing() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1))
        _ = desk.inserted(token: 1)
        #expect(
            ask(&desk, try Sample.request(2, for: 5), after: Sample.second)
                == ["confirm 2 192.0.2.1 end \(now + 30)"])
        #expect(
            words(desk.inserted(token: 2)) == ["reply 2 granted", "granted 2 until \(now + 30), extended"])
        #expect(desk.nextDeadline() == Sample.moment + 30 * Sample.second)
    }

    @Test func aKnockWhileItsRuleIsOnItsWayWaitsForThatRule() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1), after: 1)
        #expect(ask(&desk, try Sample.request(2), after: Sample.second / 2) == [])
        #expect(
            words(desk.inserted(token: 1)) == [
                "reply 1 granted", "granted 1 until \(now + 31)", "reply 2 granted",
                "granted 2 until \(now + 31), extended",
            ])
        #expect(desk.nextDeadline() == Sample.moment + 31 * Sample.second)
    }

    @Test func aKnockWhileItsRuleIsOnItsWayFailsWithThatRule() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1), after: 1)
        _ = ask(&desk, try Sample.request(2), after: 2)
        #expect(
            words(desk.failed(token: 1)) == [
                "reply 1 firewallFailed", "refused 1 firewallFailed", "reply 2 firewallFailed",
                "refused 2 firewallFailed",
            ])
    }

    @Test(arguments: [3600, -3600, 1, -1] as [Int64])
    func whenTheClockIsSetTheRulesDatesFollowAndTheTimeThatIsLeftStays(seconds: Int64) throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1))
        _ = desk.inserted(token: 1)
        let elapsed = 10 * Sample.second
        let effects = desk.clockWasSet(
            wall: Sample.wall + elapsed + seconds * Sample.second, moment: Sample.moment + elapsed)
        let end = now + 30 + seconds
        guard case .insert(let insertion)? = effects.first, effects.count == 1 else {
            Issue.record("no insertion")
            return
        }
        #expect(insertion.rule.start == now + 10 + seconds - 1)
        #expect(insertion.rule.end == end)
        // Nobody asked, so nobody is told; the old dates go when the new ones stand.
        #expect(words(desk.inserted(token: insertion.token)) == ["delete 192.0.2.1 end \(now + 30)"])
        #expect(desk.nextDeadline() == Sample.moment + 30 * Sample.second)
        #expect(desk.count == 1)
        #expect(
            words(desk.removeDue(at: Sample.moment + 30 * Sample.second)) == ["delete 192.0.2.1 end \(end)"])
    }

    @Test(arguments: [3600, -3600] as [Int64])
    func aRuleOnItsWayWhenTheClockIsSetGetsNewDatesOnceItStands(seconds: Int64) throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1))
        let wall = Sample.wall + seconds * Sample.second
        #expect(words(desk.clockWasSet(wall: wall, moment: Sample.moment)) == [])
        #expect(words(desk.catchUp(wall: wall, moment: Sample.moment)) == [])
        _ = desk.inserted(token: 1)
        let effects = desk.catchUp(wall: wall, moment: Sample.moment)
        guard case .insert(let insertion)? = effects.first, effects.count == 1 else {
            Issue.record("no insertion")
            return
        }
        #expect(insertion.rule.end == now + 30 + seconds)
        #expect(words(desk.inserted(token: insertion.token)) == ["delete 192.0.2.1 end \(now + 30)"])
        #expect(words(desk.catchUp(wall: wall, moment: Sample.moment)) == [])
    }

    @Test func aRuleWithTheDatesOfAnotherClockDoesNotCountAsStanding() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1))
        _ = desk.inserted(token: 1)
        let (wall, end) = (Sample.wall - 3600 * Sample.second, Sample.wall / Sample.second - 3600 + 30)
        #expect(
            words(desk.clockWasSet(wall: wall, moment: Sample.moment))
                == ["insert \(Sample.own(1)) 192.0.2.1 end \(end)"])
        // Its end by the old clock is an hour away, but it begins as late. The knock waits for the one with the right dates.
        #expect(
            words(desk.request(try Sample.request(2), isOurs: true, wall: wall, moment: Sample.moment)) == [])
        #expect(
            words(desk.inserted(token: Sample.own(1))) == [
                "reply 2 granted", "granted 2 until \(end), extended", "delete 192.0.2.1 end \(end + 3600)",
            ])
    }

    @Test func aRuleWhoseDatesAreRightByTheNewClockTooCountsAsStanding() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1))
        _ = desk.inserted(token: 1)
        #expect(words(desk.clockWasSet(wall: Sample.wall, moment: Sample.moment)) == [])
        #expect(ask(&desk, try Sample.request(2)).first?.hasPrefix("confirm 2 ") == true)
    }

    @Test func aRequestUnderANumberOfOursIsABreach() throws {
        var desk = try desk()
        #expect(ask(&desk, try Sample.request((1 << 63) - 1)).first?.hasPrefix("insert ") == true)
        for id in [1 << 63, Sample.own(1), .max - 1, .max] as [UInt64] {
            #expect(ask(&desk, try Sample.request(id, from: "192.0.2.2")) == ["breach: request out of order"])
        }
    }

    @Test func aClockThatWasSetByNothingChangesNothing() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1))
        _ = desk.inserted(token: 1)
        #expect(words(desk.clockWasSet(wall: Sample.wall + 5, moment: Sample.moment + 5)) == [])
    }

    @Test func acknowledgementsInAnyOrderKeepTheLaterRule() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1, for: 100))
        _ = ask(&desk, try Sample.request(2, for: 5))
        #expect(words(desk.inserted(token: 1)) == ["reply 1 granted", "granted 1 until \(now + 100)"])
        #expect(
            words(desk.inserted(token: 2)) == [
                "reply 2 granted", "granted 2 until \(now + 5)", "delete 192.0.2.1 end \(now + 5)",
            ])
        #expect(desk.nextDeadline() == Sample.moment + 100 * Sample.second)
    }

    @Test("Each id is larger than the one before", arguments: [0, 4, 5] as [UInt64])
    func ids(_ id: UInt64) throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(5))
        #expect(ask(&desk, try Sample.request(id, from: "192.0.2.2")) == ["breach: request out of order"])
    }

    @Test func aRefusedRequestUsesUpItsId() throws {
        var desk = try desk()
        #expect(
            ask(&desk, try Sample.request(5, stanza: 9)) == [
                "reply 5 unknownStanza", "refused 5 unknownStanza",
            ])
        #expect(ask(&desk, try Sample.request(5)) == ["breach: request out of order"])
    }

    @Test func doorsThatAreAboutToOpenCountForTheMaximum() throws {
        var desk = try desk(grants: 2)
        _ = ask(&desk, try Sample.request(1, from: "192.0.2.1"))
        _ = ask(&desk, try Sample.request(2, from: "192.0.2.2"))
        #expect(
            ask(&desk, try Sample.request(3, from: "192.0.2.3")) == [
                "reply 3 tooManyGrants", "refused 3 tooManyGrants",
            ])
        _ = desk.failed(token: 1)
        #expect(ask(&desk, try Sample.request(4, from: "192.0.2.3")).count == 1)
    }

    @Test func anOpenDoorIsExtendedAtTheMaximum() throws {
        var desk = try desk(grants: 1)
        _ = ask(&desk, try Sample.request(1))
        _ = desk.inserted(token: 1)
        #expect(
            ask(&desk, try Sample.request(2), after: 9 * Sample.second) == [
                "insert 2 192.0.2.1 end \(now + 39)"
            ])
        #expect(desk.limits.global.grants == 1)
    }

    @Test func sourceAndDoorTogetherMakeAGrant() throws {
        var desk = try desk()
        let requests = [
            try Sample.request(1, from: "192.0.2.1", stanza: 2),
            try Sample.request(2, from: "192.0.2.2", stanza: 2),
            try Sample.request(3, from: "192.0.2.1", to: "udp/22", stanza: 2),
            try Sample.request(4, from: "192.0.2.1", to: "tcp/23", stanza: 2),
        ]
        for request in requests {
            #expect(ask(&desk, request).first?.hasPrefix("insert \(request.id) ") == true)
        }
        #expect(desk.count == 4)
    }

    @Test func anIPv6DoorIsOpenedWhereThereIsAChainForIt() throws {
        var desk = try desk()
        #expect(
            ask(&desk, try Sample.request(1, from: "2001:db8::1"))
                == ["reply 1 familyNotOpened", "refused 1 familyNotOpened"])
        desk.opensIPv6 = true
        #expect(ask(&desk, try Sample.request(2, from: "2001:db8::1")).first?.hasPrefix("insert 2 ") == true)
        #expect(desk.count == 1)
    }

    @Test func anIPv4AddressInIPv6ClothesIsRefused() throws {
        var desk = try desk()
        desk.opensIPv6 = true
        #expect(
            ask(&desk, try Sample.request(1, from: "::ffff:192.0.2.1"))
                == ["reply 1 addressNotAllowed", "refused 1 addressNotAllowed"])
    }

    @Test func grantsOfAnEarlierLifeEndWhenTheirRulesDo() throws {
        var desk = try desk(grants: 2)
        let rules = [
            try Sample.rule("192.0.2.1", start: now - 5, end: now + 10),
            try Sample.rule("192.0.2.2", start: now - 5, end: now + 20),
        ]
        desk.adopt(rules, wall: Sample.wall, moment: Sample.moment)
        #expect(desk.count == 2)
        #expect(desk.nextDeadline() == Sample.moment + 10 * Sample.second)
        #expect(
            words(desk.removeDue(at: Sample.moment + 10 * Sample.second)) == [
                "delete 192.0.2.1 end \(now + 10)"
            ])
        #expect(words(desk.deleted([rules[0]])) == ["expired 192.0.2.1 end \(now + 10)"])
        #expect(desk.count == 1)
    }

    @Test(
        "A rule may be added for half a minute, and not behind its own end", arguments: [(10, 10), (40, 30)])
    func latest(_ lifetime: UInt32, _ seconds: Int64) throws {
        var desk = try desk()
        let effects = desk.request(
            try Sample.request(for: lifetime), isOurs: true, wall: Sample.wall, moment: Sample.moment)
        guard case .insert(let insertion)? = effects.first else {
            Issue.record("\(words(effects))")
            return
        }
        #expect(insertion.latest == Sample.moment + seconds * Sample.second)
    }
}
