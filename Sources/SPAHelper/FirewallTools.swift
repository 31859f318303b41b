internal import SPASystem

/// The programs of the iptables family that belong to one `FIREWALL_EXE`.
struct FirewallTools: Sendable {
    private let program: String
    private let restore: String
    private let save: String

    init(program: String) {
        self.program = program
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

    /// A tool that takes one script after the other and acknowledges each.
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
        return try ToolProcess(restore, ["--noflush", "-w", "5"], input: file)
    }

    /// A tool that succeeds when `parent` jumps to `chain`.
    func jumpCheck(from parent: String, to chain: String) throws(SystemError) -> ToolProcess {
        let nothing = try MemoryFile.create("nothing")
        return try ToolProcess(program, ["-w", "5", "-C", parent, "-j", chain], input: nothing)
    }

    /// A tool that prints the filter table.
    func listing() throws(SystemError) -> ToolProcess {
        let nothing = try MemoryFile.create("nothing")
        return try ToolProcess(save, ["-t", "filter"], input: nothing)
    }
}
