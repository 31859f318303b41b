import SPAChannel
import SPAConfig
import SPAPolicy
import Testing

@testable import SPASupervisor

@Suite struct Reloads {
    typealias Change = @Sendable (inout ServerSettings) -> Void

    static let changes: [(name: String?, change: Change)] = [
        ("PCAP_INTF", { $0.interface = "other" }), ("PCAP_FILTER", { $0.captureFilter = "udp port 1" }),
        ("MAX_SNIFF_BYTES", { $0.snapLength = 999 }), ("ENABLE_PCAP_PROMISC", { $0.promiscuous = true }),
        ("FWKNOP_PID_FILE", { $0.pidFile = "/x" }), ("FIREWALL_EXE", { $0.firewallProgram = "/x" }),
        ("IPT_INPUT_ACCESS", { $0.inputChain.chain = "X" }),
        ("IPT_INPUT_ACCESS", { $0.inputChain.jumpPosition = 9 }),
        ("ENABLE_SYN_KNOCK", { $0.takesSyn = false }), ("ENABLE_IPV6", { $0.opensIPv6 = false }),
        ("STATE_DIR", { $0.setStateDirectory("/x") }), ("SUPERVISOR_USER", { $0.supervisorUser = "x" }),
        ("HELPER_USER", { $0.helperUser = "x" }), ("WORKER_USER", { $0.workerUser = "x" }),
        // These a reload can change.
        (nil, { _ in }), (nil, { $0.maximumPacketAge = 9 }), (nil, { $0.maximumGrants = 9 }),
        (nil, { $0.maximumGrantsPerMinute = 9 }), (nil, { $0.verbosity = 9 }),
        (nil, { $0.accessFile = "/x" }),
        (nil, { $0.flushesAtExit = false }),
    ]

    @Test("A reload names what it cannot change", arguments: changes.indices)
    func unchangeable(_ index: Int) {
        let (name, change) = Reloads.changes[index]
        var changed = ServerSettings()
        change(&changed)
        #expect(ChildSettings.unchangeable(ServerSettings(), changed) == (name.map { [$0] } ?? []))
        #expect(ChildSettings.unchangeable(changed, changed) == [])
    }

    @Test func aRunDirectoryTakesTheStateAlong() {
        var changed = ServerSettings()
        changed.setRunDirectory("/x")
        #expect(ChildSettings.unchangeable(ServerSettings(), changed) == ["FWKNOP_RUN_DIR", "STATE_DIR"])
    }
}

@Suite struct LongestStanza {
    /// A line of so many bytes: a name and a list of what `element` makes of 1, 2, 3 ...
    private func line(_ name: String, _ length: Int, _ element: (Int) -> String) -> String {
        var text = name + " " + element(1)
        var number = 2
        while text.utf8.count + element(number).utf8.count < length {
            text += "," + element(number)
            number += 1
        }
        return text + String(repeating: " ", count: length - text.utf8.count) + "\n"
    }

    private func parse(_ length: Int) throws -> [AccessStanza] {
        let text =
            line("SOURCE", length) { "1.1.\($0 / 250).\($0 % 250)" }
            + line("DESTINATION", length) { "2.2.\($0 / 250).\($0 % 250)" }
            + line("OPEN_PORTS", length) { "tcp/\($0)" } + line("RESTRICT_PORTS", length) { "udp/\($0)" }
            + "KEY one\nHMAC_KEY two\n"
        let bytes = Array(text.utf8)
        return try AccessParser.parse(bytes.span, file: "access.conf", settings: ServerSettings()).value
    }

    @Test(
        "What the longest lines can say fits into the helper's message; longer ones are errors with file and line"
    )
    func fits() throws {
        let stanzas = try parse(1023)
        let configuration = ServerConfiguration(settings: ServerSettings(), stanzas: stanzas, warnings: [])
        let sizes = ChildSettings.helperOrders(configuration, generation: 1).map(\.encoded.count)
        #expect((stanzas.first?.rules.openPorts?.count ?? 0) > 100)
        // With room for lines ten times as long.
        #expect((sizes.max() ?? .max) < HelperOrder.sizeLimit / 10)
        let errors = #expect(throws: ConfigurationErrors.self) { try parse(1024) }
        let places = (errors?.problems ?? []).map { $0.description.prefix(14) }
        #expect(places.prefix(4) == ["access.conf:1:", "access.conf:2:", "access.conf:3:", "access.conf:4:"])
    }
}

@Suite struct ControlMessages {
    @Test func aRequestComesBackAsItWas() throws {
        let request = ReloadRequest(mainName: "/etc/a.conf", accessName: "/etc/ä")
        let bytes = request.encoded
        #expect(try ReloadRequest(decoding: bytes.span) == request)
        for count in 0..<bytes.count {
            #expect(throws: ChannelError.self) {
                try ReloadRequest(decoding: bytes.span.extracting(0..<count))
            }
        }
        let longer = bytes + [0]
        #expect(throws: ChannelError.self) { try ReloadRequest(decoding: longer.span) }
        let other = [91] + bytes.dropFirst()
        #expect(throws: ChannelError.unknownTag(91)) { try ReloadRequest(decoding: other.span) }
        let long = ReloadRequest(mainName: String(repeating: "x", count: 4097), accessName: "").encoded
        #expect(throws: ChannelError.badField("text length")) { try ReloadRequest(decoding: long.span) }
    }

    @Test func anAnswerComesBackAsItWas() throws {
        for isGood in [true, false] {
            let answer = ReloadAnswer(isGood: isGood, text: "line 1\nline 2")
            let bytes = answer.encoded
            #expect(try ReloadAnswer(decoding: bytes.span) == answer)
            let wrong = [92] + bytes.dropFirst()
            #expect(throws: ChannelError.unknownTag(92)) { try ReloadAnswer(decoding: wrong.span) }
        }
        let huge = ReloadAnswer(isGood: true, text: String(repeating: "x", count: 100_000)).encoded
        #expect(try ReloadAnswer(decoding: huge.span).text.utf8.count == ReloadAnswer.textLimit)
    }
}
