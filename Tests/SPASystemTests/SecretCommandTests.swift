import SPASecret
import SPASystem
import Testing

private let second: Int64 = 1_000_000_000

/// The first line that a shell prints.
private func line(
    _ script: String, nanoseconds: Int64 = 60 * second
) throws(SecretCommandError) -> String {
    let secret = try SecretCommand.firstLine(
        path: "/bin/sh", arguments: ["sh", "-c", script], nanoseconds: nanoseconds)
    return String(decoding: (0..<secret.count).map { secret.bytes[$0] }, as: UTF8.self)
}

@Suite struct SecretCommands {
    @Test(arguments: [
        ("echo one; echo two", "one"), ("printf one", "one"), ("printf 'one\\r\\ntwo'", "one"),
        ("printf ' a b '", " a b "), ("echo one; head -c 60000 /dev/zero", "one"),
        // What it leaves running does not hold us up; nor, with our standard error, who reads what the tests say.
        ("echo one; sleep 60 2>/dev/null & exit 0", "one"),
    ])
    func giveTheFirstLine(_ script: String, _ expected: String) throws {
        #expect(try line(script) == expected)
    }

    @Test(
        arguments: [
            ("exit 3", .failed(status: 3)), ("echo key; exit 1", .failed(status: 1)),
            ("kill -9 $$", .killed(signal: 9)), ("true", .nothing), ("echo; echo two", .nothing),
            ("head -c 1025 /dev/zero", .tooMuch), ("echo one; exec cat /dev/zero", .tooMuch),
        ] as [(String, SecretCommandError)])
    func areRefused(_ script: String, _ expected: SecretCommandError) {
        let error = #expect(throws: SecretCommandError.self) { try line(script) }
        #expect(error == expected)
    }

    @Test func haveTheirTime() {
        let error = #expect(throws: SecretCommandError.self) {
            try line("exec sleep 60", nanoseconds: second / 5)
        }
        #expect(error == .tooLate)
    }

    @Test func haveOurEnvironmentAndNothingElseOfOurs() throws {
        #expect(try line("echo $PATH") == CurrentProcess.environment("PATH"))
        try Pipe().take { (read, write) throws in
            #expect(try line("ls /proc/self/fd | tr '\\n' ' '") == "0 1 2 3 ")
            _ = consume write
            _ = consume read
        }
        #expect(try line("readlink /proc/self/fd/0") == "/dev/null")
    }

    @Test func thatDoNotExistFailWithTheReason() {
        let error = #expect(throws: SecretCommandError.self) {
            try SecretCommand.firstLine(path: "/nowhere", arguments: ["x"], nanoseconds: second)
        }
        #expect(error == .system(SystemError(call: "start /nowhere", code: ErrorCode.notFound)))
    }
}

@Suite struct ProgramPaths {
    @Test(
        arguments: [
            ("sh", "/nowhere:/bin:/usr/bin", "/bin/sh"), ("sh", nil, nil), ("sh", "bin:.::", ""),
            ("no-such-program", "/bin:/usr/bin", ""), ("./x", "/bin", "./x"), ("/a/b", "", "/a/b"),
            ("passwd", "/etc", ""),
        ] as [(String, String?, String?)])
    func areSearchedInOrder(_ name: String, _ path: String?, _ expected: String?) {
        let found = ProgramPath.find(name, path: path)
        // Nil: anywhere.
        if let expected {
            #expect((found ?? "") == expected)
        } else {
            #expect(found?.hasSuffix("/sh") == true)
        }
    }
}
