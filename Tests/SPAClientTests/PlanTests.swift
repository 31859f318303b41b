import SPAClient
import SPAConfig
import SPAKeys
import SPANet
import SPAPacket
import SPASecret
import SPAWire
import Testing

private func rc(_ text: String) throws -> ClientRC {
    let bytes = Array(text.utf8)
    return try ClientRCParser.parse(bytes.span, file: "rc").value
}

private let sections = """
    [default]
    ACCESS tcp/2222
    [home]
    SPA_SERVER gate.example
    ACCESS tcp/22,udp/53
    KEY encryption-key
    HMAC_KEY hmac-key
    ALLOW_IP 192.0.2.1
    [web]
    ACCESS tcp/443
    KEY encryption-key
    HMAC_KEY hmac-key
    """

private func plan(_ words: [String]) throws -> ProxyPlan {
    let options = try ProxyOptions(["spa-proxy"] + words)
    guard case .connect(let target) = options.action else { throw ClientFailure(.other, "no target") }
    return try ProxyPlan(try rc(sections), file: "rc", target: target, options: options)
}

@Suite struct ProxyPlans {
    @Test(arguments: [["home", "22"], ["gate.example", "22"], ["-n", "HOME", "elsewhere", "22"]])
    func findTheStanza(_ words: [String]) throws {
        let plan = try plan(words)
        #expect(plan.stanza.server == "gate.example")
        #expect(plan.services.map(\.description) == ["tcp/22", "udp/53"])
    }

    @Test func letTheCommandLineGoFirst() throws {
        let plan = try plan(["-s", "--connect-timeout", "3", "home", "22"])
        #expect(plan.stanza.allow == .source)
        #expect(plan.stanza.connectTimeout == 3)
    }

    @Test(
        arguments: [
            (["other", "22"], .noStanza), (["-n", "other", "home", "22"], .noStanza),
            (["home", "23"], .configuration),
            (["web", "22"], .configuration),
        ] as [([String], ClientStatus)])
    func sendNothing(_ words: [String], _ expected: ClientStatus) {
        let failure = #expect(throws: ClientFailure.self) { try plan(words) }
        #expect(failure?.status == expected)
    }

    @Test func nameBothSidesOfAContradiction() {
        let failure = #expect(throws: ClientFailure.self) { try plan(["web", "22"]) }
        #expect(failure?.reason.contains("tcp/443") == true)
        #expect(failure?.reason.contains("tcp/22") == true)
    }

    @Test func askForThePortWithoutAccess() throws {
        #expect(try ProxyPlan.services(nil, port: 2200).map(\.description) == ["tcp/2200"])
    }
}

@Suite struct KnockRecipes {
    private func recipe(_ change: (inout ClientStanza) -> Void = { _ in }) throws -> KnockRecipe {
        var stanza = ClientStanza()
        change(&stanza)
        let key = Array("encryption-key".utf8)
        let keys = PacketKeys(encryption: Secret(copying: key.span), hmac: Secret(copying: key.span))
        return KnockRecipe(
            stanza, services: [try #require(Service(.tcp, port: 22))], user: "alice", keys: keys)
    }

    @Test func makePacketsThatTheServerCanOpen() throws {
        let recipe = try recipe { $0.timeOffset = -60 }
        let address = IPAddress.v4(IPv4Address(bits: 0xC000_0201))
        let packet = try recipe.packet(allowing: address, now: 1_700_000_000)
        let message = try PacketOpener(recipe.keys).open(packet.span)
        #expect(message.timestamp == 1_699_999_940)
        #expect(message.user == Array("alice".utf8))
        #expect(message.request == .access(AccessRequest(address: address, services: recipe.services)))
    }

    @Test func neverMakeTheSamePacketTwice() throws {
        let recipe = try recipe()
        let first = try recipe.packet(allowing: .v4(.unspecified), now: 1_700_000_000)
        let second = try recipe.packet(allowing: .v4(.unspecified), now: 1_700_000_000)
        #expect(first != second)
        let opener = try PacketOpener(recipe.keys)
        #expect(try opener.open(first.span).random != opener.open(second.span).random)
    }

    @Test(arguments: [(nil, nil), (0, nil), (30, 30)] as [(UInt32?, UInt32?)])
    func leaveATimeoutOfZeroToTheServer(_ wish: UInt32?, _ expected: UInt32?) throws {
        let recipe = try recipe { $0.clientTimeout = wish }
        #expect(recipe.message(allowing: .v4(.unspecified), random: [], now: 0).clientTimeout == expected)
    }
}
