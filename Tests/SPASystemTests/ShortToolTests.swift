import SPASystem
import Testing

@Suite struct ShortTools {
    private func shell(
        _ script: String, user: UInt32? = nil, limit: Int = 1000, patience: Int64 = 60_000
    ) throws -> ShortTool.Outcome {
        try ShortTool.run("/bin/sh", ["-c", script], user: user, limit: limit, patience: patience)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func bothOutputsAndTheStatusAreGiven() throws {
        let outcome = try shell("echo out; echo err >&2; exit 7")
        #expect(outcome.end == .exited(status: 7))
        #expect(text(outcome.output) == "out\n")
        #expect(text(outcome.errors) == "err\n")
    }

    @Test func thereIsNoInputAndNoEnvironment() throws {
        let outcome = try shell("cat; /usr/bin/env -u PWD -u _ -u SHLVL -u OLDPWD")
        #expect(text(outcome.output) == "SWIFT_BACKTRACE=enable=no\n")
    }

    @Test func whatIsTakenHasALimit() throws {
        #expect(try shell("echo 1234567890", limit: 4).output == Array("1234".utf8))
    }

    @Test func aProgramThatDoesNotEndIsKilled() throws {
        #expect(try shell("exec sleep 60", patience: 50).end == .killed(signal: 9))
    }

    @Test func aProgramThatIsNotThereIsNamed() {
        #expect(throws: SystemError(call: "start /no/such", code: ErrorCode.notFound)) {
            try ShortTool.run("/no/such", [], user: nil, limit: 1, patience: 1000)
        }
    }

    @Test func itHasNoOtherDescriptors() throws {
        let outcome = try shell("ls -l /proc/self/fd | grep -v ' -> /proc/' | wc -l")
        // The total, and three streams.
        #expect(text(outcome.output) == "4\n")
    }

    @Test func anotherUserHasNoGroupsAndNoRights() throws {
        let user: UInt32? = CurrentProcess.effectiveUser == 0 ? 64_299 : nil
        let outcome = try shell(
            "grep -E '^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs):' /proc/self/status",
            user: user)
        let lines = text(outcome.output).split(separator: "\n").map {
            $0.split(separator: "\t").map(String.init)
        }
        let facts = Dictionary(uniqueKeysWithValues: lines.map { ($0[0], Array($0.dropFirst())) })
        #expect(facts["NoNewPrivs:"] == ["1"])
        guard let user else { return }
        #expect(facts["Uid:"] == Array(repeating: "\(user)", count: 4))
        #expect(facts["Gid:"] == Array(repeating: "\(user)", count: 4))
        #expect(facts["Groups:", default: []].joined().allSatisfy { $0 == " " })
        for set in ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"] {
            #expect(facts[set] == ["0000000000000000"], "\(set)")
        }
    }
}
