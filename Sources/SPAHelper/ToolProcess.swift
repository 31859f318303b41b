internal import SPASystem

/// A firewall tool that runs: its end, and what it prints, bounded. Never waits.
final class ToolProcess {
    private let child: PipedChild
    private var outputEnded = false
    private var errorsEnded = false
    private(set) var end: ProcessEnd?
    /// What it printed and nobody took yet.
    private(set) var printed: [UInt8] = []
    private(set) var complaints: [UInt8] = []

    /// The largest rule listing that is read.
    private static let outputLimit = 32 << 20
    private static let complaintLimit = 2048

    /// What is read before others get their turn.
    private static let chunksAtOnce = 16

    /// Starts `path` with `input` as its standard input, and nothing else open but `more`, from 3 on.
    init(
        _ path: String, _ arguments: [String], input: borrowing FileDescriptor, environment: [String] = [],
        more: [Int32] = []
    ) throws(SystemError) {
        child = try PipedChild(
            path: path, arguments: [path] + arguments, environment: ToolProcess.environment + environment,
            inputFile: input, more: more)
    }

    /// Starts `path` with a pipe as its standard input, for ``write(_:)``.
    init(talkingTo path: String, _ arguments: [String]) throws(SystemError) {
        child = try PipedChild(
            path: path, arguments: [path] + arguments, environment: ToolProcess.environment)
    }

    /// Hands `text` to the tool; false unless all of it went into the pipe at once.
    func write(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        do throws(SystemError) {
            return try child.tryWrite(bytes.span) == .bytes(bytes.count)
        } catch {
            return false
        }
    }

    /// Made from nothing: what the tool may not find in it, nobody can have put there.
    private static let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]

    /// Descriptors to wait on; -1 where there is nothing more to come.
    var pollable: (output: Int32, errors: Int32) {
        (outputEnded ? -1 : child.output.number, errorsEnded ? -1 : child.errors.number)
    }

    /// Takes in what is there and looks whether the tool has ended.
    func pump() {
        outputEnded =
            outputEnded || !ToolProcess.drain(child.output, into: &printed, limit: ToolProcess.outputLimit)
        errorsEnded =
            errorsEnded
            || !ToolProcess.drain(child.errors, into: &complaints, limit: ToolProcess.complaintLimit)
        guard end == nil else { return }
        do throws(SystemError) { end = try child.process.poll() } catch { end = .exited(status: -1) }
        guard end != nil else { return }
        // What it left in its pipes is no more than a drain takes.
        outputEnded = !ToolProcess.drain(child.output, into: &printed, limit: ToolProcess.outputLimit)
        errorsEnded = !ToolProcess.drain(child.errors, into: &complaints, limit: ToolProcess.complaintLimit)
    }

    /// Whether it ended well.
    var succeeded: Bool { end == .exited(status: 0) }

    /// Removes and returns what was printed.
    func takePrinted() -> [UInt8] {
        defer { printed = [] }
        return printed
    }

    /// Ends the tool; it is reaped by the next ``pump()``s.
    func kill() { do throws(SystemError) { try child.process.send(.kill) } catch {} }

    /// One line about how it failed.
    var failure: String {
        let words = String(decoding: complaints, as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
        let clean = String(words.unicodeScalars.map { $0.isASCII && $0.value >= 0x20 ? Character($0) : "?" })
        switch end {
        case .exited(let status): return "exit status \(status)" + (clean.isEmpty ? "" : ": \(clean)")
        case .killed(let signal): return "killed by signal \(signal)"
        case nil: return "no answer"
        }
    }

    /// Reads what is there; false at the end. Beyond `limit` it is read and dropped.
    ///
    /// Bounded: a tool that prints without end must not keep its reader from anything else.
    private static func drain(_ source: borrowing FileDescriptor, into text: inout [UInt8], limit: Int)
        -> Bool
    {
        var room = [UInt8](repeating: 0, count: 65_536)
        for _ in 0..<chunksAtOnce {
            var span = room.mutableSpan
            do throws(SystemError) {
                switch try source.tryRead(into: &span) {
                case .bytes(let count): text += room[0..<min(count, max(0, limit - text.count))]
                case .wouldBlock: return true
                case .end: return false
                }
            } catch {
                return false
            }
        }
        return true
    }
}
