import SPAChannel
import SPANet
import Testing

@testable import SPASupervisor

/// Lines as they came out.
final class Paper {
    var lines: [String] = []
    var book: LogBook { LogBook { self.lines.append($0) } }
}

@Suite struct LogBooks {
    static let texts: [(text: String, printed: String)] = [
        ("plain ~ text", "plain ~ text"), ("", ""), ("a\nb", "a?b"), ("a\r\nb", "a??b"),
        ("\u{1B}[31mred", "?[31mred"),
        ("tab\tnul\0del\u{7F}", "tab?nul?del?"), ("ä😀", "??"), ("e\u{301}", "e?"), ("\u{202E}abc", "?abc"),
    ]

    @Test("Nothing but printable ASCII reaches the log", arguments: texts)
    func printable(_ text: String, _ printed: String) {
        #expect(LogBook.printable(text) == printed)
        let paper = Paper()
        var book = paper.book
        book.write(text, at: 0)
        #expect(paper.lines == [printed + "\n"])
    }

    static let budgets: [(kind: LogBook.Kind, burst: Int, perSecond: Int)] = [
        (.event, 2000, 200), (.refusal, 50, 5), (.noise, 20, 1), (.garbage, 20, 1),
    ]

    @Test("Each kind has a budget, and what was left out is counted", arguments: budgets)
    func budget(_ kind: LogBook.Kind, _ burst: Int, _ perSecond: Int) {
        let paper = Paper()
        var book = paper.book
        for _ in 0..<(burst + 7) { book.write("line", kind, at: 0) }
        #expect(paper.lines == [String](repeating: "line\n", count: burst))
        paper.lines = []
        for _ in 0..<3000 { book.write("more", kind, at: 1_000_000_000) }
        #expect(paper.lines.count == perSecond + 1)
        #expect(paper.lines.first == "(7 lines about \(kind.subject) were left out)\n")
        #expect(paper.lines.last == "more\n")
    }

    @Test func oneKindDoesNotSilenceAnother() {
        let paper = Paper()
        var book = paper.book
        for _ in 0..<1000 { book.write("noise", .noise, at: 0) }
        paper.lines = []
        book.write("refusal", .refusal, at: 0)
        book.write("event", .event, at: 0)
        #expect(paper.lines == ["refusal\n", "event\n"])
    }

    @Test func whatWasLeftOutElsewhereIsCountedToo() {
        let paper = Paper()
        var book = paper.book
        book.addSuppressed(5, .noise)
        book.addSuppressed(.max, .noise)
        book.write("noise", .noise, at: 0)
        #expect(
            paper.lines == ["(\(UInt64.max) lines about packets of strangers were left out)\n", "noise\n"])
    }

    @Test func everyDoorHasItsLine() {
        let paper = Paper()
        var book = paper.book
        for _ in 0..<5000 { book.write("line", .grant, at: 0) }
        #expect(paper.lines.count == 5000)
    }

    @Test func whatWasLeftOutIsToldWithoutAnotherLine() {
        let paper = Paper()
        var book = paper.book
        #expect(book.catchUp(at: 0).patience == nil)
        for _ in 0..<60 { book.write("refusal", .refusal, at: 0) }
        book.addSuppressed(3, .garbage, at: 7)
        paper.lines = []
        #expect(book.catchUp(at: 10).patience == LogBook.interval - 10)
        #expect(paper.lines.isEmpty)
        #expect(book.catchUp(at: LogBook.interval).patience == 7)
        #expect(book.catchUp(at: LogBook.interval + 7).patience == nil)
        #expect(
            paper.lines == [
                "(10 lines about refused packets with a valid HMAC were left out)\n",
                "(3 lines about what is no packet were left out)\n",
            ])
    }

    @Test func theEndTellsEverything() {
        let paper = Paper()
        var book = paper.book
        for _ in 0..<27 { book.write("noise", .noise, at: 0) }
        book.finish()
        #expect(paper.lines.last == "(7 lines about packets of strangers were left out)\n")
    }
}

@Suite struct EventDesks {
    private let source = IPAddress.v4(IPv4Address(bits: 0xCB00_7102))

    @Test func onlyTheHelpersWordMakesALineOfAnOpenDoor() throws {
        let paper = Paper()
        var desk = EventDesk(chain: "C", store: "/s/replay", log: paper.book)
        let door = try #require(Service("tcp/22"))
        desk.record(
            .accepted(firstID: 5, count: 2, stanza: 1, packetSource: source, user: Array("al\nice".utf8))
        ) { _ in nil }
        #expect(paper.lines.count == 1)
        #expect(!paper.lines.contains { $0.contains("Added") })
        desk.record(
            .granted(id: 5, stanza: 1, source: source, service: door, expires: 9, extended: false))
        #expect(
            paper.lines[1].hasPrefix(
                "Added access rule to C for 203.0.113.2 -> 0.0.0.0/0 tcp/22, expires at 9"))
        #expect(paper.lines[1].contains("user al?ice, packet from 203.0.113.2"))
        desk.record(
            .granted(id: 5, stanza: 1, source: source, service: door, expires: 9, extended: false))
        #expect(paper.lines[2].contains("user unknown"))
        desk.record(.refused(id: 6, stanza: 1, source: source, service: door, reason: .firewallFailed))
        #expect(paper.lines[3].contains("nothing was opened (user al?ice)"))
        desk.record(.expired(IPNetwork(only: source), service: door, expires: 9))
        desk.record(.message(.error, "bad"))
        desk.record(.message(.warning, "odd"))
        desk.record(.message(.notice, "so"))
        desk.record(.waiting("x"))
        desk.record(.waiting(""))
        #expect(
            Array(paper.lines[4...]) == [
                "Removed rule 203.0.113.2->tcp/22 from C with expire time of 9\n", "error: bad\n",
                "warning: odd\n",
                "so\n", "warning: firewall: waiting for x\n", "firewall: it works again\n",
            ])
    }

    @Test func packetsWithoutAUserAreNoise() {
        let paper = Paper()
        var desk = EventDesk(chain: "C", store: "/s/replay", log: paper.book)
        for _ in 0..<100 {
            desk.record(
                .refused(.notOpened, stanza: 0, packetSource: source, detail: RefusalDetail(), user: [])
            ) { _ in nil
            }
        }
        // The burst, and at most a few for the time that this took.
        #expect((20...25).contains(paper.lines.count))
        desk.record(
            .refused(.stale, stanza: 1, packetSource: source, detail: RefusalDetail(number: 9), user: [0x61])
        ) { _ in nil }
        #expect(paper.lines.last?.contains("too great (9 seconds)") == true)
    }

    @Test func whatTheWorkerLostOrCannotUseIsNamed() {
        let paper = Paper()
        var desk = EventDesk(chain: "C", store: "/s/replay", log: paper.book)
        desk.record(.lost(accepted: 7)) { _ in nil }
        desk.record(.storeUnusable(code: 28)) { _ in nil }
        #expect(
            paper.lines == [
                "warning: 7 lines about accepted packets were lost while spad stood still\n",
                "error: spad-worker cannot use the replay store in /s/replay: No space left on device\n",
            ])
    }
}
