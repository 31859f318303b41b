import SPAChannel
import SPAConntrack
import SPAFirewall
import SPANet
import SPAPolicy
import Testing

@testable import SPAHelper

/// Doors for a prefix, and what becomes of them when somebody connects.
@Suite struct Prefixes {
    private let now = Sample.wall / Sample.second
    private let start = Sample.moment

    private func desk(v4: Int = 24, sources: [IPNetwork] = IPNetwork.any, grants: UInt32 = 100) throws
        -> GrantDesk
    {
        var desk = GrantDesk()
        desk.opensPrefixes = true
        desk.opensIPv6 = true
        let stanzas = try [1, 2].map { number in
            var stanza = try Sample.stanza(UInt16(number), open: ["tcp/22", "tcp/2222"])
            stanza.width = try #require(GrantWidth(v4: v4, v6: 64))
            stanza.sources = sources
            return stanza
        }
        desk.limits = Sample.limits(stanzas + [try Sample.stanza(3)], grants: grants)
        return desk
    }

    private func ask(_ desk: inout GrantDesk, _ request: GrantRequest, after elapsed: Int64 = 0) -> [String] {
        words(desk.request(request, isOurs: true, wall: Sample.wall + elapsed, moment: start + elapsed))
    }

    private func connect(_ desk: inout GrantDesk, from source: String, to door: String = "tcp/22") throws
        -> [String]
    {
        let connection = EstablishedConnection(
            source: try Sample.address(source), service: try Sample.service(door))
        return words(desk.connected(connection, moment: start))
    }

    private func rule(_ network: String, _ length: Int, _ door: String = "tcp/22", end: Int64) throws
        -> GrantRule
    {
        let address = try Sample.address(network)
        return GrantRule(
            network: try #require(IPNetwork(address, prefixLength: length)),
            service: try Sample.service(door), start: now - 1, end: end)
    }

    /// A desk where the number 1 has opened 192.0.2.0/24 for 192.0.2.1.
    private func open() throws -> GrantDesk {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1))
        _ = desk.inserted(token: 1)
        return desk
    }

    private let narrowed = "narrowed(192.0.2.0/24, to: 192.0.2.9, service: tcp/22"

    @Test func aDoorIsOpenedForThePrefixOfTheAddress() throws {
        var desk = try desk()
        #expect(desk.prefixes.isEmpty)
        #expect(ask(&desk, try Sample.request(1)) == ["insert 1 192.0.2.0/24 end \(now + 30)"])
        // Connections are followed before the rule is there.
        #expect(desk.prefixes.count == 1)
        let effects = desk.inserted(token: 1)
        #expect(words(effects) == ["reply 1 granted", "granted 1 until \(now + 30)"])
        guard case .tell(.granted(_, _, let source, _, _, _, let prefix)) = effects[1] else {
            Issue.record("\(effects)")
            return
        }
        #expect(source == (try Sample.address("192.0.2.1")))
        #expect(prefix == 24)
        #expect(desk.count == 1)
        #expect(desk.prefixes.count == 1)
        #expect(
            ask(&desk, try Sample.request(2, from: "2001:db8::5"))
                == ["insert 2 2001:db8:: end \(now + 30)"].map {
                    $0.replacing("2001:db8:: ", with: "2001:db8::/64 ")
                })
    }

    @Test func withoutThePrefixOfAStanzaOrSightItIsTheAddressAlone() throws {
        var desk = try desk()
        #expect(ask(&desk, try Sample.request(1, stanza: 3)) == ["insert 1 192.0.2.1 end \(now + 30)"])
        desk.opensPrefixes = false
        #expect(
            ask(&desk, try Sample.request(2, from: "192.0.2.2")) == ["insert 2 192.0.2.2 end \(now + 30)"])
        #expect(desk.prefixes.isEmpty)
        var other = try self.desk(sources: [IPNetwork(only: try Sample.address("192.0.2.1"))])
        #expect(ask(&other, try Sample.request(1)) == ["insert 1 192.0.2.1 end \(now + 30)"])
    }

    @Test func whoConnectsGetsTheRestForHimselfInsertedBeforeThePrefixGoes() throws {
        var desk = try open()
        let effects = try connect(&desk, from: "192.0.2.9")
        #expect(effects == ["insert \(Sample.own(1)) 192.0.2.9 end \(now + 30)"])
        #expect(desk.prefixes.isEmpty)
        #expect(desk.count == 1)
        #expect(words(desk.inserted(token: Sample.own(1))) == ["delete 192.0.2.0/24 end \(now + 30)"])
        #expect(desk.count == 1)
        let told = words(desk.deleted([try rule("192.0.2.0", 24, end: now + 30)]))
        #expect(told.count == 1 && told.first?.hasPrefix(narrowed) == true, "\(told)")
        // The rest is an ordinary grant of that address.
        #expect(desk.nextDeadline() == start + 30 * Sample.second)
        #expect(words(desk.removeDue(at: start + 30 * Sample.second)) == ["delete 192.0.2.9 end \(now + 30)"])
        #expect(
            words(desk.deleted([try rule("192.0.2.9", 32, end: now + 30)])) == [
                "expired 192.0.2.9 end \(now + 30)"
            ])
    }

    @Test func theSecondToConnectChangesNothing() throws {
        var desk = try open()
        _ = try connect(&desk, from: "192.0.2.9")
        #expect(try connect(&desk, from: "192.0.2.10") == [])
        _ = desk.inserted(token: Sample.own(1))
        #expect(try connect(&desk, from: "192.0.2.10") == [])
        #expect(desk.count == 1)
    }

    @Test(
        "Other networks, other doors narrow nothing",
        arguments: [
            ("192.0.3.9", "tcp/22"), ("192.0.2.9", "tcp/2222"), ("192.0.2.9", "udp/22"),
            ("2001:db8::9", "tcp/22"),
        ] as [(String, String)])
    func others(_ source: String, _ door: String) throws {
        var desk = try open()
        #expect(try connect(&desk, from: source, to: door) == [])
        #expect(desk.prefixes.count == 1)
    }

    @Test func allDoorsOfOneKnockAreNarrowedTogetherAndThoseOfOthersAreNot() throws {
        var desk = try open()
        _ = ask(&desk, try Sample.request(2, to: "tcp/2222"))
        _ = desk.inserted(token: 2)
        _ = ask(&desk, try Sample.request(3, from: "198.51.100.1", to: "tcp/2222"))
        _ = desk.inserted(token: 3)
        let effects = try connect(&desk, from: "192.0.2.9")
        #expect(effects.count == 2)
        #expect(effects.allSatisfy { $0.hasSuffix(" 192.0.2.9 end \(now + 30)") })
        #expect(desk.prefixes.map(\.network.description) == ["198.51.100.0/24"])
    }

    @Test func whatAnotherStanzaExtendsIsNarrowedWithTheRestOfBoth() throws {
        var desk = try open()
        _ = ask(&desk, try Sample.request(2, to: "tcp/2222"))
        _ = desk.inserted(token: 2)
        _ = ask(&desk, try Sample.request(3, from: "192.0.2.2", stanza: 2), after: Sample.second)
        _ = desk.inserted(token: 3)
        _ = ask(&desk, try Sample.request(4, from: "192.0.2.2", to: "tcp/2222", stanza: 3))
        #expect(try connect(&desk, from: "192.0.2.9").count == 2)
        #expect(desk.prefixes.isEmpty)
    }

    @Test func aGrantOfTheVeryRuleIsLengthenedAndGetsNoSecondOne() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1, from: "192.0.2.9", stanza: 3))
        _ = desk.inserted(token: 1)
        // The two clocks are not read in the same instant.
        _ = words(desk.request(try Sample.request(2), isOurs: true, wall: Sample.wall, moment: start + 1000))
        _ = desk.inserted(token: 2)
        #expect(try connect(&desk, from: "192.0.2.9") == ["delete 192.0.2.0/24 end \(now + 30)"])
        #expect(words(desk.removeDue(at: start + 30 * Sample.second)) == [])
        #expect(
            words(desk.removeDue(at: start + 30 * Sample.second + 1000)) == [
                "delete 192.0.2.9 end \(now + 30)"
            ])
    }

    @Test func anotherStanzasDoorStaysOpenForItsOwn() throws {
        var desk = try open()
        _ = ask(&desk, try Sample.request(2, to: "tcp/2222", stanza: 2))
        _ = desk.inserted(token: 2)
        #expect(try connect(&desk, from: "192.0.2.9").count == 1)
        #expect(desk.prefixes.map(\.service.description) == ["tcp/2222"])
        #expect(try connect(&desk, from: "192.0.2.10", to: "tcp/2222").count == 1)
    }

    @Test func aDoorOfTheSameKnockThatIsNotThereYetIsNarrowedWhenItIs() throws {
        var desk = try open()
        _ = ask(&desk, try Sample.request(2, to: "tcp/2222"))
        #expect(try connect(&desk, from: "192.0.2.9").count == 1)
        #expect(
            words(desk.inserted(token: 2)) == [
                "reply 2 granted", "granted 2 until \(now + 30)",
                "insert \(Sample.own(2)) 192.0.2.9 end \(now + 30)",
            ])
        #expect(words(desk.inserted(token: Sample.own(2))) == ["delete 192.0.2.0/24 end \(now + 30)"])
        #expect(desk.prefixes.isEmpty)
    }

    @Test func aConnectionBeforeTheAcknowledgementOfTheRuleCounts() throws {
        var desk = try desk()
        _ = ask(&desk, try Sample.request(1))
        #expect(try connect(&desk, from: "192.0.2.9") == [])
        #expect(
            words(desk.inserted(token: 1)).last == "insert \(Sample.own(1)) 192.0.2.9 end \(now + 30)")
        #expect(desk.prefixes.isEmpty)
    }

    @Test func knocksFromTwoAddressesOfOnePrefixAreOneGrantWithTheLaterEnd() throws {
        var desk = try open()
        #expect(
            ask(&desk, try Sample.request(2, from: "192.0.2.200"), after: 5 * Sample.second)
                == ["insert 2 192.0.2.0/24 end \(now + 35)"])
        #expect(
            words(desk.inserted(token: 2)) == [
                "reply 2 granted", "granted 2 until \(now + 35), extended",
                "delete 192.0.2.0/24 end \(now + 30)",
            ])
        #expect(desk.count == 1)
        #expect(desk.nextDeadline() == start + 35 * Sample.second)
        #expect(
            try connect(&desk, from: "192.0.2.9") == ["insert \(Sample.own(1)) 192.0.2.9 end \(now + 35)"])
    }

    @Test func aNewKnockOpensThePrefixAnewAndThatIsNarrowedAgain() throws {
        var desk = try open()
        _ = try connect(&desk, from: "192.0.2.9")
        _ = desk.inserted(token: Sample.own(1))
        #expect(
            ask(&desk, try Sample.request(2), after: Sample.second) == [
                "insert 2 192.0.2.0/24 end \(now + 31)"
            ])
        _ = desk.inserted(token: 2)
        #expect(desk.count == 2)
        // The address has a grant that ends earlier: it gets the later end.
        #expect(
            try connect(&desk, from: "192.0.2.9") == ["insert \(Sample.own(2)) 192.0.2.9 end \(now + 31)"])
        #expect(
            words(desk.inserted(token: Sample.own(2))) == [
                "delete 192.0.2.9 end \(now + 30)", "delete 192.0.2.0/24 end \(now + 31)",
            ])
        #expect(desk.count == 1)
    }

    @Test func whereTheAddressIsOpenForLongerThePrefixJustGoes() throws {
        var desk = try open()
        _ = ask(&desk, try Sample.request(2, from: "192.0.2.9", for: 60, stanza: 3))
        _ = desk.inserted(token: 2)
        #expect(try connect(&desk, from: "192.0.2.9") == ["delete 192.0.2.0/24 end \(now + 30)"])
        #expect(desk.count == 1)
        #expect(desk.nextDeadline() == start + 60 * Sample.second)
        let told = words(desk.deleted([try rule("192.0.2.0", 24, end: now + 30)]))
        #expect(told.first?.hasPrefix(narrowed) == true)
    }

    @Test func whereTheNarrowRuleCannotBeAddedThePrefixEndsAllTheSame() throws {
        var desk = try open()
        _ = try connect(&desk, from: "192.0.2.9")
        #expect(words(desk.failed(token: Sample.own(1))) == ["delete 192.0.2.0/24 end \(now + 30)"])
        #expect(
            words(desk.deleted([try rule("192.0.2.0", 24, end: now + 30)])) == [
                "expired 192.0.2.0/24 end \(now + 30)"
            ])
        #expect(desk.count == 0)
    }

    @Test func withoutSightEachPrefixIsNarrowedToTheAddressOfItsKnock() throws {
        var desk = try open()
        _ = ask(&desk, try Sample.request(2, from: "198.51.100.7", stanza: 2))
        #expect(
            words(desk.lostSight(moment: start)) == ["insert \(Sample.own(1)) 192.0.2.1 end \(now + 30)"])
        #expect(
            words(desk.inserted(token: 2)).last == "insert \(Sample.own(2)) 198.51.100.7 end \(now + 30)")
        #expect(desk.prefixes.isEmpty)
        #expect(words(desk.lostSight(moment: start)) == [])
    }

    @Test func aConfirmedPrefixIsNarrowedAsWell() throws {
        var desk = try open()
        #expect(ask(&desk, try Sample.request(2)) == ["confirm 2 192.0.2.0/24 end \(now + 30)"])
        _ = try connect(&desk, from: "192.0.2.9")
        // The confirmation comes before the narrow rule is there, and after.
        #expect(
            words(desk.inserted(token: 2)) == ["reply 2 granted", "granted 2 until \(now + 30), extended"])
        #expect(words(desk.inserted(token: Sample.own(1))) == ["delete 192.0.2.0/24 end \(now + 30)"])
        #expect(desk.prefixes.isEmpty)

        var late = try open()
        _ = ask(&late, try Sample.request(2))
        _ = try connect(&late, from: "192.0.2.9")
        _ = late.inserted(token: Sample.own(1))
        #expect(words(late.inserted(token: 2)).last == "delete 192.0.2.0/24 end \(now + 30)")
        #expect(late.prefixes.isEmpty)
    }

    @Test func aPrefixEndsLikeAnyGrant() throws {
        var desk = try open()
        #expect(
            words(desk.removeDue(at: start + 30 * Sample.second)) == ["delete 192.0.2.0/24 end \(now + 30)"])
        #expect(desk.prefixes.isEmpty)
        #expect(try connect(&desk, from: "192.0.2.9") == [])
    }

    @Test func aClockThatIsSetMovesThePrefixAndItIsNarrowedStill() throws {
        var desk = try open()
        let effects = desk.clockWasSet(wall: Sample.wall + 1000 * Sample.second, moment: start)
        #expect(words(effects) == ["insert \(Sample.own(1)) 192.0.2.0/24 end \(now + 1030)"])
        #expect(words(desk.inserted(token: Sample.own(1))) == ["delete 192.0.2.0/24 end \(now + 30)"])
        #expect(
            try connect(&desk, from: "192.0.2.9") == ["insert \(Sample.own(2)) 192.0.2.9 end \(now + 1030)"])
    }

    @Test func aPrefixCountsAsOneGrant() throws {
        var desk = try desk(grants: 1)
        _ = ask(&desk, try Sample.request(1))
        _ = desk.inserted(token: 1)
        #expect(
            ask(&desk, try Sample.request(2, from: "192.0.2.77")) == [
                "confirm 2 192.0.2.0/24 end \(now + 30)"
            ])
        _ = desk.inserted(token: 2)
        #expect(
            ask(&desk, try Sample.request(3, from: "198.51.100.1"))
                == ["reply 3 tooManyGrants", "refused 3 tooManyGrants"])
        _ = try connect(&desk, from: "192.0.2.9")
        #expect(desk.count == 1)
        _ = desk.inserted(token: Sample.own(1))
        #expect(desk.count == 1)
    }

    @Test func aPrefixOfAnEarlierLifeDoesNotGoOn() throws {
        let plan = ChainPlan(chain: "OURS", parent: "INPUT", jumpPosition: 1)
        let rules = [try rule("192.0.2.0", 24, end: now + 30), try rule("198.51.100.1", 32, end: now + 30)]
        let table = TableListing(
            parsing: "*filter\n:OURS - [0:0]\n" + rules.map { "-A OURS \($0.arguments)\n" }.joined()
                + "COMMIT\n")
        #expect(plan.adoptable(table, now: now, longest: 300, most: 10) == [rules[1]])
        var script = RestoreScript()
        #expect(plan.sweep(table, keeping: [rules[1]], into: &script) == 1)
        #expect(script.text().contains("-D OURS \(rules[0].arguments)\n"))
    }
}
