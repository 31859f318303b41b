package import SPASecret

/// Why a program that was to print a secret gave none.
package enum SecretCommandError: Error, Hashable, Sendable {
    case system(SystemError)
    /// It ended, and not well. What it had to say about that went to standard error.
    case failed(status: Int32)
    case killed(signal: Int32)
    case tooLate
    /// The first line has more than ``SecretCommand/lineLimit`` bytes, or all of it more than ``SecretCommand/outputLimit``.
    case tooMuch
    case nothing
    /// This process was told to end, and has told the program.
    case signal(Signal)
}

/// Runs a program for the first line that it prints: a password manager, an askpass.
package enum SecretCommand {
    /// Bytes of the first line, its end not counted.
    package static let lineLimit = 1024
    /// Bytes in all; the rest is read, so that the program can end well, and thrown away.
    package static let outputLimit = 65_536

    /// The first line of what `path` prints, without its end, once it has ended with status 0.
    ///
    /// It gets our environment and standard error, no other descriptor of ours, and has `nanoseconds` to end.
    package static func firstLine(
        path: String, arguments: [String], nanoseconds: Int64
    ) throws(SecretCommandError) -> Secret {
        var intake = LineIntake(lineLimit: lineLimit, outputLimit: outputLimit)
        let outcome: Result<ProcessEnd, SecretCommandError>
        do throws(SystemError) {
            let signals = try SignalDescriptor([.hangUp, .interrupt, .quit, .terminate])
            defer { try? SignalPolicy.unblockAll() }
            let (read, write) = try PipedChild.pipe()
            let output = FileDescriptor(owning: read)
            let childEnd = FileDescriptor(owning: write)
            try output.setNonBlocking(true)
            let child = try ChildProcess(
                path: path, arguments: arguments, environment: nil, descriptors: [nil, childEnd.number, 2])
            // Ours must go, or the stream never ends.
            _ = consume childEnd
            let end = MonotonicClock.now() + nanoseconds
            outcome = try watch(child, output, signals, until: end, &intake)
            // A password dialogue must not outlive who asked for it.
            if case .failure = outcome { try? child.send(.terminate) }
        } catch {
            throw .system(error)
        }
        switch try outcome.get() {
        case .exited(status: 0): break
        case .exited(let status): throw .failed(status: status)
        case .killed(let signal): throw .killed(signal: signal)
        }
        guard let line = intake.finish() else { throw .nothing }
        return line
    }

    private static func watch(
        _ child: ChildProcess, _ output: borrowing FileDescriptor, _ signals: borrowing SignalDescriptor,
        until deadline: Int64, _ intake: inout LineIntake
    ) throws(SystemError) -> Result<ProcessEnd, SecretCommandError> {
        let ended = try child.watch()
        var poller = Poller(capacity: 3)
        var isOpen = true
        while true {
            let left = deadline - MonotonicClock.now()
            guard left > 0 else { return .failure(.tooLate) }
            poller.removeAll()
            poller.add(isOpen ? output.number : -1, .readable)
            poller.add(signals.descriptor.number, .readable)
            let end = poller.add(ended.number, .readable)
            try poller.wait(nanoseconds: left)
            if let signal = try signals.next() { return .failure(.signal(signal)) }
            if isOpen { isOpen = try intake.take(from: output) }
            if intake.isTooMuch { return .failure(.tooMuch) }
            // The end of the program counts, not that of the pipe: what it left running may hold that open.
            if !poller.readiness(at: end).isEmpty, let how = try child.poll() { return .success(how) }
        }
    }
}

/// The first line of a stream, in memory that is wiped.
private struct LineIntake: ~Copyable {
    private let lineLimit: Int, outputLimit: Int
    private var line: [UInt8] = []
    private var total = 0
    private var isComplete = false
    private(set) var isTooMuch = false

    init(lineLimit: Int, outputLimit: Int) {
        (self.lineLimit, self.outputLimit) = (lineLimit, outputLimit)
        // All that it may hold, so that no shorter copy is left behind.
        line.reserveCapacity(lineLimit)
    }

    deinit {
        var rest = line
        Secret.wipe(&rest)
    }

    /// Takes what is there; false at the end of the stream.
    mutating func take(from stream: borrowing FileDescriptor) throws(SystemError) -> Bool {
        var room = [UInt8](repeating: 0, count: 4096)
        defer { Secret.wipe(&room) }
        while true {
            var span = room.mutableSpan
            switch try stream.tryRead(into: &span) {
            case .wouldBlock: return true
            case .end: return false
            case .bytes(let count):
                total += count
                if total > outputLimit { isTooMuch = true }
                for byte in room[0..<count] where !isComplete {
                    if byte == 0x0A {
                        isComplete = true
                    } else if line.count < lineLimit {
                        line.append(byte)
                    } else {
                        isTooMuch = true
                    }
                }
                if isTooMuch { return true }
            }
        }
    }

    /// The line; nil where it is empty.
    mutating func finish() -> Secret? {
        if line.last == 0x0D { line.removeLast() }
        return line.isEmpty ? nil : Secret(taking: &line)
    }
}
