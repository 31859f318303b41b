import SPANet
import SPAPolicy
import SPAWire
import Testing

@Suite struct Decisions {
    private func decide(
        _ message: SPAMessage, _ rules: StanzaRules = Sample.rules(), from source: String = "203.0.113.2",
        now: Int64 = Sample.now
    ) throws -> Decision {
        try Policy.decide(
            message, from: Sample.arrival(source), under: rules, maximumAge: 120, now: now)
    }

    @Test func aPlainRequestIsPermittedAsAsked() throws {
        let decision = try decide(Sample.message(["tcp/22", "udp/53"]))
        #expect(decision.allowed == (try Sample.address("198.51.100.9")))
        #expect(decision.services == (try Sample.services(["tcp/22", "udp/53"])))
        #expect(decision.lifetime == .standard)
        #expect(decision.stanza == 7)
    }

    @Test func aDoorThatIsNamedTwiceIsOpenedOnce() throws {
        let decision = try decide(Sample.message(["tcp/22", "udp/22", "tcp/22"]))
        #expect(decision.services == (try Sample.services(["tcp/22", "udp/22"])))
    }

    static let ages: [(age: Int64, isFresh: Bool)] = [
        (0, true), (120, true), (-120, true), (121, false), (-121, false), (Sample.now, false),
    ]

    @Test("A packet may be 120 seconds old or ahead, and not one more", arguments: ages)
    func age(_ age: Int64, _ isFresh: Bool) throws {
        let message = try Sample.message(at: Sample.now - age)
        if isFresh {
            #expect(throws: Never.self) { try decide(message) }
        } else {
            #expect(throws: Refusal.stale(seconds: age)) { try decide(message) }
        }
    }

    @Test(
        "Dates at the ends of the number range are stale, not a trap",
        arguments: [(Int64.min, Int64.max), (.max, .min), (.max, 0), (.min, 0)])
    func extremes(_ now: Int64, _ timestamp: Int64) throws {
        let message = try Sample.message(at: timestamp)
        #expect(throws: Refusal.self) { try decide(message, now: now) }
    }

    static let expiries: [(expires: Int64?, hasEnded: Bool)] = [
        (nil, false), (Sample.now + 1, false), (Sample.now, true), (0, true),
    ]

    @Test("A stanza ends with the second of its date", arguments: expiries)
    func expiry(_ expires: Int64?, _ hasEnded: Bool) throws {
        var rules = Sample.rules()
        rules.expiresAt = expires
        #expect(Policy.hasExpired(rules, now: Sample.now) == hasEnded)
        if hasEnded {
            #expect(throws: Refusal.stanzaExpired) { try decide(Sample.message(), rules) }
        } else {
            #expect(throws: Never.self) { try decide(Sample.message(), rules) }
        }
    }

    @Test func aRequiredUserMustBeTheOne() throws {
        var rules = Sample.rules()
        rules.requiredUser = Array("alice".utf8)
        #expect(throws: Never.self) { try decide(Sample.message(), rules) }
        rules.requiredUser = Array("Alice".utf8)
        #expect(throws: Refusal.userMismatch) { try decide(Sample.message(), rules) }
    }

    static let doors: [(asked: [String], open: [String]?, restricted: [String], denied: String?)] = [
        (["tcp/22"], nil, [], nil),
        (["tcp/22"], ["tcp/22"], [], nil),
        (["tcp/22"], [], [], "tcp/22"),
        (["udp/22"], ["tcp/22"], [], "udp/22"),
        (["tcp/22", "tcp/23"], ["tcp/22"], [], "tcp/23"),
        (["tcp/22"], nil, ["tcp/22"], "tcp/22"),
        (["tcp/22"], ["tcp/22"], ["tcp/22"], "tcp/22"),
        (["udp/22"], nil, ["tcp/22"], nil),
    ]

    @Test("All doors must be open ones, none a restricted one", arguments: doors)
    func ports(_ asked: [String], _ open: [String]?, _ restricted: [String], _ denied: String?) throws {
        var rules = Sample.rules()
        rules.openPorts = try open.map { Set(try Sample.services($0)) }
        rules.restrictPorts = Set(try Sample.services(restricted))
        let message = try Sample.message(asked)
        if let denied {
            #expect(throws: Refusal.serviceDenied(try Sample.service(denied))) { try decide(message, rules) }
        } else {
            #expect(try decide(message, rules).services == Sample.services(asked))
        }
    }

    /// Wish, FW_ACCESS_TIMEOUT, MAX_FW_TIMEOUT, and what comes of them.
    static let wishes: [(wish: UInt32?, standard: UInt32, maximum: UInt32, given: UInt32)] = [
        (nil, 30, 300, 30), (nil, 400, 300, 300), (1, 30, 300, 1), (299, 30, 300, 299), (301, 30, 300, 300),
        (0, 30, 300, 30), (65536, 30, 8_388_608, 65536), (.max, 30, 8_388_608, 8_388_608),
    ]

    @Test("The client's wish counts up to the maximum", arguments: wishes)
    func lifetime(_ wish: UInt32?, _ standard: UInt32, _ maximum: UInt32, _ given: UInt32) throws {
        var rules = Sample.rules()
        rules.accessTimeout = try Sample.seconds(standard)
        rules.maximumTimeout = try Sample.seconds(maximum)
        #expect(try decide(Sample.message(timeout: wish), rules).lifetime.seconds == given)
    }

    @Test func otherKindsOfRequestAreNamedAndRefused() throws {
        let door = AccessRequest(
            address: try Sample.address("1.2.3.4"), services: try Sample.services(["tcp/22"]))
        let target = NATTarget(host: Array("10.0.0.1".utf8), port: 22)
        let kinds: [(SPARequest, RequestKind)] = [
            (.command(address: door.address, text: Array("id".utf8)), .command),
            (.natAccess(door, target: target), .natAccess),
            (.localNATAccess(door, target: target), .localNATAccess),
        ]
        for (request, kind) in kinds {
            var message = try Sample.message()
            message.request = request
            #expect(throws: Refusal.kindNotServed(kind)) { try decide(message) }
        }
    }
}
