import SPAChannel
import SPAConfig
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
