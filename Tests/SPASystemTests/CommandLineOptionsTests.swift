import SPASystem
import Testing

private enum ID: Hashable { case all, name, level, stay }

private let rules: [OptionRule<ID>] = [
    OptionRule(.all, short: "a", long: "all"),
    OptionRule(.name, short: "n", long: "name", "named-config", value: .required),
    OptionRule(.level, long: "level", value: .optional),
    OptionRule(.stay, short: "s"),
]

private func read(_ words: [String]) throws(CommandLineError) -> (options: [String], rest: [String]) {
    let line = try CommandLineOptions(["program"] + words, rules)
    return (
        line.options.map { option in option.value.map { "\(option.id)=\($0)" } ?? "\(option.id)" },
        line.positional
    )
}

@Suite struct CommandLineOptionsAre {
    @Test(
        arguments: [
            (["-a", "-s"], ["all", "stay"], []),
            (["-as"], ["all", "stay"], []),
            (["-nX"], ["name=X"], []),
            (["-asn", "X"], ["all", "stay", "name=X"], []),
            (["--name=X"], ["name=X"], []),
            (["--name", "X"], ["name=X"], []),
            (["--named", "X"], ["name=X"], []),
            (["--al"], ["all"], []),
            (["--level"], ["level"], []),
            (["--level=3", "host"], ["level=3"], ["host"]),
            (["host", "-a", "22"], ["all"], ["host", "22"]),
            (["-a", "--", "-s", "-n"], ["all"], ["-s", "-n"]),
            (["-n", "-s"], ["name=-s"], []),
            ([], [], []),
        ] as [([String], [String], [String])])
    func understood(_ words: [String], _ options: [String], _ rest: [String]) throws {
        let got = try read(words)
        #expect(got.options == options)
        #expect(got.rest == rest)
    }

    @Test(
        arguments: [
            (["-x"], .unknown("-x")),
            (["--nothing"], .unknown("--nothing")),
            (["--nothing=1"], .unknown("--nothing")),
            (["-n"], .valueMissing("-n")),
            (["--name"], .valueMissing("--name")),
            (["--all=3"], .valueUnwanted("--all")),
            (["-ax"], .unknown("-x")),
        ] as [([String], CommandLineError)])
    func refused(_ words: [String], _ expected: CommandLineError) {
        #expect(throws: expected) { try CommandLineOptions(["program"] + words, rules) }
    }
}
