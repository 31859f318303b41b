internal import SPAFirewall
internal import SPASystem

/// The programs of the iptables family that belong to one `FIREWALL_EXE`.
struct FirewallTools: Sendable {
    let program: String
    /// Whose addresses they know.
    let family: AddressFamily
    private let restore: String
    private let save: String
    /// What kind of iptables it is, once it was asked.
    var flavour = ToolFlavour.nfTables
    /// The open lock file that each tool of the legacy kind is handed.
    var lock: Int32?

    init(program: String, family: AddressFamily) {
        self.program = program
        self.family = family
        restore = program + "-restore"
        save = program + "-save"
    }

    /// The program for IPv6 that goes with `program`, by its name; nil when the name tells nothing.
    static func ipv6Sibling(of program: String) -> String? {
        guard let slash = program.lastIndex(of: "/") else { return nil }
        let name = program[program.index(after: slash)...]
        return name.hasPrefix("iptables")
            ? program[...slash] + "ip6tables" + name.dropFirst("iptables".count) : nil
    }

    /// The programs of the family that are not there, or that this process may not execute.
    var missing: [String] { [program, restore, save].filter { !FileSystem.isExecutable($0) } }

    /// A tool that says what kind it is.
    func version() throws(SystemError) -> ToolProcess { try tool(program, ["-V"]) }

    /// A tool that takes one script after the other and acknowledges each. Not for the legacy kind, whose tools run under
    /// a lock that must not be kept.
    func session() throws(SystemError) -> ToolProcess {
        try ToolProcess(talkingTo: restore, ["--noflush", "-v"])
    }

    /// A tool that takes `script` and ends.
    func oneShot(_ script: String) throws(SystemError) -> ToolProcess {
        let file = try MemoryFile.create("firewall-script")
        let bytes = Array(script.utf8)
        var done = 0
        while done < bytes.count {
            done += try file.pwrite(bytes.span.extracting(done..<bytes.count), at: Int64(done))
        }
        return try tool(restore, ["--noflush"] + patience, input: file)
    }

    /// A tool that prints the rules of one chain.
    func rules(of chain: String) throws(SystemError) -> ToolProcess {
        try tool(program, patience + ["-S", chain])
    }

    /// A tool that prints the filter table.
    func listing() throws(SystemError) -> ToolProcess { try tool(save, ["-t", "filter"]) }

    /// Tools of the nf_tables kind wait for the kernel's other customers so many seconds.
    private var patience: [String] { flavour == .nfTables ? ["-w", "5"] : [] }

    private func tool(_ path: String, _ arguments: [String]) throws(SystemError) -> ToolProcess {
        let nothing = try MemoryFile.create("nothing")
        return try tool(path, arguments, input: nothing)
    }

    private func tool(
        _ path: String, _ arguments: [String], input: borrowing FileDescriptor
    ) throws(SystemError) -> ToolProcess {
        guard flavour == .legacy else { return try ToolProcess(path, arguments, input: input) }
        // The real lock is the helper's business. What the tool locks instead is its own standard input.
        return try ToolProcess(
            path, arguments, input: input, environment: ["XTABLES_LOCKFILE=/proc/self/fd/0"],
            more: lock.map { [$0] } ?? [])
    }
}
