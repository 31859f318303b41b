import Testing

@testable import SPASupervisor

// One at a time: getopt(3) has one memory.
@Suite(.serialized) struct Commands {
    private func command(_ words: String) throws -> ServerCommand {
        try ServerCommand(["spad"] + words.split(separator: " ").map(String.init))
    }

    private func complaint(_ words: String) -> String? {
        do {
            _ = try command(words)
            return nil
        } catch {
            return "\(error)"
        }
    }

    static let modes: [(words: String, mode: ServerCommand.Mode)] = [
        ("-f", .serve), ("--foreground", .serve), ("-R", .reload), ("--reload", .reload),
        ("--restart", .reload),
        ("-D", .dumpConfiguration), ("--dump-config", .dumpConfiguration),
        ("--exit-parse-config", .checkConfiguration),
        ("-V", .version), ("-h", .help), ("-f -h", .help), ("-V -R", .version), ("-R -V", .version),
        ("-h -D -R", .help),
        ("-R -R", .reload), ("-f -R", .reload),
    ]

    @Test("What is asked for", arguments: modes)
    func mode(_ words: String, _ mode: ServerCommand.Mode) throws { #expect(try command(words).mode == mode) }

    @Test func valuesArriveWhereTheyBelong() throws {
        let command = try command("-c /c -a /a -i eth9 -r /run/x -fvv --verbose")
        #expect(command.configurationFile == "/c")
        #expect(command.overrides.accessFile == "/a")
        #expect(command.overrides.interface == "eth9")
        #expect(command.overrides.runDirectory == "/run/x")
        #expect(command.overrides.verbosity == 3)
        #expect(command.isForeground)
    }

    @Test func withoutOptionsThereAreDefaults() throws {
        let command = try command("-f")
        #expect(command.configurationFile == "/etc/sallyport/spad.conf")
        #expect(command.overrides.accessFile == nil)
        #expect(command.overrides.interface == nil)
        #expect(command.overrides.runDirectory == nil)
        #expect(command.overrides.verbosity == 0)
    }

    static let wrong: [(words: String, part: String)] = [
        ("", "add -f"), ("-c /c", "add -f"), ("-f file", "unexpected argument file"), ("-f -x", "unknown"),
        ("-f --nonsense", "unknown"), ("-f -c", "needs a value"), ("-f --foreground=yes", "takes no value"),
        ("-f -r run", "absolute path"), ("-R -D", "exclude each other"),
        ("-D --exit-parse-config", "exclude each other"),
        ("-f -O /x", "-O is known, not supported yet"), ("-f --override-config /x", "-O is known"),
        ("-f -p /x", "-p is known"), ("-K", "-K is known"), ("-S", "-S is known"),
        ("--fw-list", "--fw-list is known"),
        ("--fw-flush", "--fw-flush is known"), ("-f --udp-server", "-U is known"),
        ("--key-gen", "--key-gen is known"),
    ]

    @Test("What is not understood is said", arguments: wrong)
    func refused(_ words: String, _ part: String) {
        #expect(complaint(words)?.contains(part) == true, "\(complaint(words) ?? "taken")")
    }

    @Test func theHelpNamesEveryOption() {
        for option in ["-c", "-a", "-f", "-i", "-r", "-R", "-D", "--exit-parse-config", "-v", "-V", "-h"] {
            #expect(ServerCommand.help.contains(option))
        }
    }
}
