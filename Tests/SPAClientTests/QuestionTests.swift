import SPAClient
import Testing

@Suite struct QuestionWays {
    @Test(
        arguments: [
            // terminal, SSH_ASKPASS, SSH_ASKPASS_REQUIRE, display
            (true, nil, nil, true, .terminal), (true, "ask", nil, true, .terminal),
            (false, "ask", nil, true, .program("ask")), (false, "ask", nil, false, .nobody),
            (false, nil, nil, true, .nobody), (false, "", nil, true, .nobody),
            (true, "ask", "prefer", true, .program("ask")), (true, "ask", "prefer", false, .terminal),
            (true, "ask", "force", false, .program("ask")), (false, "ask", "force", false, .program("ask")),
            (true, nil, "force", true, .nobody), (false, "ask", "never", true, .nobody),
            (true, "ask", "never", true, .terminal),
        ] as [(Bool, String?, String?, Bool, QuestionWay)])
    func areThoseOfSsh(
        _ hasTerminal: Bool, _ askpass: String?, _ require: String?, _ hasDisplay: Bool,
        _ expected: QuestionWay
    ) {
        #expect(
            QuestionWay(
                hasTerminal: hasTerminal, askpass: askpass, require: require, hasDisplay: hasDisplay)
                == expected)
    }
}

@Suite struct WaitNotices {
    private let second: Int64 = 1_000_000_000

    @Test func comeOnceAndAfterTwoSeconds() {
        var notice = WaitNotice(subject: "myserver", start: 5 * second, isWanted: true)
        #expect(notice.due == 7 * second)
        #expect(notice.line(.door(knocks: 2), now: 7 * second - 1) == nil)
        #expect(
            notice.line(.door(knocks: 2), now: 7 * second)
                == "spa-proxy: myserver: still waiting for the door (knocked 2 times)\n")
        #expect(notice.line(.door(knocks: 3), now: 9 * second) == nil)
        #expect(notice.due == nil)
    }

    @Test func sayWhatIsWaitedForOnceForEachPhase() {
        var notice = WaitNotice(subject: "a", start: 0, isWanted: true)
        let lines = [
            (WaitPhase.name("b"), 1), (.name("b"), 2), (.name("c"), 5), (.ownAddress, 6), (.ownAddress, 7),
            (.ownAddress, 8), (.ownAddress, 11), (.door(knocks: 1), 12), (.door(knocks: 2), 14),
        ]
        .map { notice.line($0.0, now: $0.1 * second) }
        #expect(
            lines == [
                nil, "spa-proxy: a: still looking up b\n", nil, nil, nil,
                "spa-proxy: a: still finding out our public address\n", nil, nil,
                "spa-proxy: a: still waiting for the door (knocked 2 times)\n",
            ])
    }

    @Test func countShortPhasesTogether() {
        var notice = WaitNotice(subject: "a", start: 0, isWanted: true)
        #expect(notice.line(.name("b"), now: second) == nil)
        #expect(notice.line(.ownAddress, now: second + 1) == nil)
        #expect(notice.line(.door(knocks: 1), now: 2 * second)?.contains("the door") == true)
    }

    @Test func knowTheSingular() {
        var notice = WaitNotice(subject: "a", start: 0, isWanted: true)
        #expect(notice.line(.door(knocks: 1), now: 3 * second)?.contains("(knocked 1 time)") == true)
    }

    @Test func areForPeopleOnly() {
        var notice = WaitNotice(subject: "a", start: 0, isWanted: false)
        #expect(notice.line(.door(knocks: 2), now: 9 * second) == nil)
        #expect(notice.due == nil)
    }
}

@Suite struct ProxyQuestions {
    @Test func takeOneHost() throws {
        #expect(try ProxyOptions(["spa-proxy", "--can-handle", "h"]).action == .canHandle("h"))
        #expect(try ProxyOptions(["spa-proxy", "--can-handle=a b"]).action == .canHandle("a b"))
    }

    @Test func explainATarget() throws {
        let target = try ProxyTarget(host: "h", port: "22")
        #expect(try ProxyOptions(["spa-proxy", "--explain", "h", "22"]).action == .explain(target))
        #expect(try ProxyOptions(["spa-proxy", "-W", "h:22", "--explain"]).action == .explain(target))
    }

    @Test func sayWhereKeysComeFrom() throws {
        let plain = try ProxyOptions(["spa-proxy", "h", "22"]).keyWish
        #expect(plain.descriptor == nil && plain.mayAsk && plain.usesHMAC == nil && plain.asksForBoth)
        #expect(plain.subject == "h")
        let other = try ProxyOptions(["spa-proxy", "--fd", "3", "--no-prompt", "h", "22"]).keyWish
        #expect(other.descriptor == 3 && !other.mayAsk)
        #expect(try KnockOptions(["spa-knock", "--no-prompt"]).keyWish.mayAsk == false)
        #expect(try KnockOptions(["spa-knock"]).keyWish == KeyWish())
    }

    @Test(arguments: [
        ["--can-handle"], ["--can-handle", "h", "22"], ["-W", "h:22", "--can-handle", "h"],
        ["--explain", "h"],
        ["--fd", "0", "h", "22"], ["--fd", "1", "h", "22"], ["--fd", "2", "h", "22"],
        ["--fd", "x", "h", "22"],
        ["--fd", "03", "h", "22"], ["--log-file"],
    ])
    func areRefused(_ words: [String]) {
        let failure = #expect(throws: ClientFailure.self) { try ProxyOptions(["spa-proxy"] + words) }
        #expect(failure?.status == .usage)
        #expect(failure?.reason.contains("; ") == true)
    }
}
