// Unsafe rim: fork(2) and execve(2) of a program that runs for a moment and says something.
internal import CSallyportShims

/// A program that is run to its end.
package enum ShortTool {
    /// What a program said before it ended.
    package struct Outcome: Sendable, Equatable {
        package let end: ProcessEnd
        package let output: [UInt8], errors: [UInt8]
    }

    /// Runs the program at `path` to its end: no input, a closed environment, no new privileges.
    ///
    /// - Parameters:
    ///   - user: the user and group to run as, without groups and capabilities; nil for our own. Only root can choose.
    ///   - limit: most bytes that are taken from each of its two outputs.
    ///   - patience: milliseconds after which it is killed.
    package static func run(
        _ path: String, _ arguments: [String], user: UInt32?, limit: Int, patience: Int64
    ) throws(SystemError) -> Outcome {
        let nothing = try FileDescriptor.open("/dev/null", [.readOnly])
        let output = try MemoryFile.create("output")
        let errors = try MemoryFile.create("errors")
        let argv = CStringArray([path] + arguments)
        let envp = CStringArray(["SWIFT_BACKTRACE=enable=no"])
        let numbers = [nothing.number, output.number, errors.number]
        var number: Int32 = 0
        // SAFETY: both arrays end with a null pointer, and all three live until the call returns.
        let code = unsafe numbers.withUnsafeBufferPointer {
            unsafe sp_spawn_as(&number, user ?? 0, path, argv.pointers, envp.pointers, $0.baseAddress)
        }
        guard code == 0 else { throw SystemError(call: "start \(path)", code: code) }
        let end = try ShortTool.end(
            of: ChildProcess(id: number), by: BootClock.now() + patience * 1_000_000)
        return Outcome(
            end: end, output: try content(output, limit), errors: try content(errors, limit))
    }

    private static func end(of process: ChildProcess, by deadline: Int64) throws(SystemError) -> ProcessEnd {
        var poller = Poller()
        while true {
            if let end = try process.poll() { return end }
            if BootClock.now() >= deadline { try process.send(.kill) }
            try poller.wait(milliseconds: 1)
        }
    }

    private static func content(
        _ file: borrowing FileDescriptor, _ limit: Int
    ) throws(SystemError) -> [UInt8] {
        try file.readWhole(count: min(limit, Int(clamping: try file.size())))
    }
}
