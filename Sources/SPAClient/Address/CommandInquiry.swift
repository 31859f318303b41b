internal import SPAConfig
internal import SPANet
internal import SPASystem

/// A program whose first line of output is our public address.
final class CommandInquiry: AddressInquiry {
    /// Of its output, in bytes.
    private static let limit = 1024

    private let words: [String]
    private var child: PipedChild?
    private var output: [UInt8] = []
    private var hasEnded = false, isMute = false

    init(_ words: [String], start: Int64) {
        self.words = words
        super.init(
            .command, .command(words.first ?? ""), start: start, patience: AddressTimetable.commandPatience)
    }

    override var interests: [(Int32, Readiness)] {
        guard let child, !hasEnded else { return [] }
        // An end that was seen would be seen for ever.
        return [(child.output.number, .readable)] + (isMute ? [] : [(child.errors.number, .readable)])
    }

    /// Its end follows that of its output at once, but not within it.
    override var nextStep: Int64? { hasEnded ? MonotonicClock.now() + 5_000_000 : nil }

    override func proceed(now: Int64) {
        do throws(SystemError) {
            if child == nil { child = try run() }
            guard let child else { return }
            discard(child.errors)
            try read(child)
            guard claim == nil, hasEnded, let end = try child.process.poll() else { return }
            // Reaped: there is nothing left to kill.
            self.child = nil
            settle(end == .exited(status: 0) ? answer() : .failed("ended with an error; run it by hand"))
        } catch {
            settle(.failed(error.reason))
        }
    }

    override func letGo() {
        child?.process.endNow()
        child = nil
    }

    private func run() throws(SystemError) -> PipedChild {
        guard let name = words.first,
            let path = ProgramPath.find(name, path: CurrentProcess.environment("PATH"))
        else { throw SystemError(call: "start", code: ErrorCode.notFound) }
        let kept = ["HOME", "LANG", "LOGNAME", "PATH", "TMPDIR", "USER", "XDG_RUNTIME_DIR"]
        let environment = kept.compactMap { name in
            CurrentProcess.environment(name).map { "\(name)=\($0)" }
        }
        let nothing = try FileDescriptor.open("/dev/null", [.readOnly])
        return try PipedChild(path: path, arguments: words, environment: environment, inputFile: nothing)
    }

    private func read(_ child: PipedChild) throws(SystemError) {
        var room = [UInt8](repeating: 0, count: 512)
        while !hasEnded {
            var span = room.mutableSpan
            switch try child.output.tryRead(into: &span) {
            case .wouldBlock: return
            case .end: hasEnded = true
            case .bytes(let count):
                output += room[0..<count]
                guard output.count <= CommandInquiry.limit else { return settle(.failed("prints too much")) }
            }
        }
    }

    /// What it has to say is of no use to ssh's user, and a full pipe would hold it up.
    private func discard(_ errors: borrowing FileDescriptor) {
        var room = [UInt8](repeating: 0, count: 512)
        var span = room.mutableSpan
        while !isMute {
            switch try? errors.tryRead(into: &span) {
            case .bytes: continue
            case .wouldBlock: return
            case .end, nil: isMute = true
            }
        }
    }

    private func answer() -> Claim {
        var line = output.prefix { $0 != 10 }
        if line.last == 13 { line.removeLast() }
        let bytes = Array(line)
        guard let address = IPv4Address(parsing: bytes.span) else {
            return .failed("prints something else than an IPv4 address")
        }
        return .address(.v4(address), serverDate: nil)
    }
}
