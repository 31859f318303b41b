internal import CSallyportShims
package import SPASecret

/// A key typed or piped as one line, with the editing that fwknop's client offers: backspace, Ctrl-U, Ctrl-C.
package struct KeyLine: ~Copyable {
    package enum State: Hashable, Sendable { case more, complete, cancelled, tooLong }

    /// fwknop reads no more.
    package static let limit = 127

    private var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(KeyLine.limit) }

    /// Takes the next byte.
    package mutating func take(_ byte: UInt8) -> State {
        switch byte {
        case 0x0A, 0x0D: return .complete
        case 0x03: return .cancelled
        case 0x08, 0x7F: _ = bytes.popLast()
        case 0x15: bytes.removeAll(keepingCapacity: true)
        default:
            guard bytes.count < KeyLine.limit else { return .tooLong }
            bytes.append(byte)
        }
        return .more
    }

    /// What was typed; nil for nothing.
    package mutating func finish() -> Secret? { bytes.isEmpty ? nil : Secret(taking: &bytes) }

    deinit {
        var rest = bytes
        Secret.wipe(&rest)
    }

    /// Reads one line from `source`; nil at its end, for an empty line, a cancelled one, and one that is too long.
    package static func read(from source: borrowing FileDescriptor) throws(SystemError) -> Secret? {
        var line = KeyLine()
        var room: [UInt8] = [0]
        defer { room[0] = 0 }
        while true {
            var span = room.mutableSpan
            // One byte at a time: what follows the line belongs to somebody else.
            if try source.read(into: &span) == 0 { return line.finish() }
            switch line.take(room[0]) {
            case .more: continue
            case .complete: return line.finish()
            case .cancelled, .tooLong: return nil
            }
        }
    }

    /// Asks on the terminal that controls us, unseen. Whatever ends the question, a signal included, leaves the terminal as
    /// it was.
    package static func ask(_ prompt: String) throws(KeyLineError) -> Secret {
        let answer: Result<Secret, KeyLineError>
        do throws(SystemError) {
            let terminal = try FileDescriptor.open("/dev/tty", .readWrite)
            let signals = try SignalDescriptor([.hangUp, .interrupt, .quit, .terminate])
            defer { try? SignalPolicy.unblockAll() }
            // Hidden first: who sees the prompt may type at once.
            guard sp_terminal_hide(terminal.number) == 0 else { throw SystemError.last("tcsetattr") }
            defer { _ = sp_terminal_restore(terminal.number) }
            let text = Array(prompt.utf8)
            try terminal.writeAll(text.span)
            answer = try answered(terminal, signals)
            let newline: [UInt8] = [0x0A]
            try? terminal.writeAll(newline.span)
        } catch {
            throw .system(error)
        }
        return try answer.get()
    }

    /// Whether there is a terminal to ask on.
    package static var hasTerminal: Bool { (try? FileDescriptor.open("/dev/tty", .readWrite)) != nil }

    private static func answered(
        _ terminal: borrowing FileDescriptor, _ signals: borrowing SignalDescriptor
    ) throws(SystemError) -> Result<Secret, KeyLineError> {
        var line = KeyLine()
        var room: [UInt8] = [0]
        defer { Secret.wipe(&room) }
        var poller = Poller(capacity: 2)
        poller.add(terminal.number, .readable)
        poller.add(signals.descriptor.number, .readable)
        while true {
            try poller.wait(nanoseconds: nil)
            if let signal = try signals.next() { return .failure(.signal(signal)) }
            guard !poller.readiness(at: 0).isEmpty else { continue }
            var span = room.mutableSpan
            let state = try terminal.read(into: &span) == 0 ? State.complete : line.take(room[0])
            switch state {
            case .more: continue
            case .complete: return line.finish().map { .success($0) } ?? .failure(.empty)
            // Ctrl-C is a byte while the terminal is hidden, and means the same as ever.
            case .cancelled: return .failure(.signal(.interrupt))
            case .tooLong: return .failure(.tooLong)
            }
        }
    }
}

/// Why a question on the terminal has no answer.
package enum KeyLineError: Error, Hashable, Sendable {
    case system(SystemError)
    case empty
    /// Longer than ``KeyLine/limit``.
    case tooLong
    /// Ctrl-C, or a signal to us.
    case signal(Signal)
}
