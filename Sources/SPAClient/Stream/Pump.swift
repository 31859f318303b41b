package import SPASystem

/// How a pump came to its end.
package enum PumpEnd: Hashable, Sendable {
    /// Both sides have said all, or one of them is no longer there to hear it.
    case finished
    /// The connection broke: the system's words.
    case lost(reason: String)
    case signal(Signal)
}

/// Carries bytes between standard input and output and a connection, each direction at its own pace.
///
/// The end of the input closes our half of the connection and no more; the end of the server's half closes the output and
/// no more. A server that has gone altogether looks the same until it is spoken to, so what is left of a connection whose
/// server has said its last may be silent for two seconds only.
package struct Pump: ~Copyable {
    private var streams: StandardStreams
    private let socket: InternetSocket
    private var up = PumpBuffer()
    private var down = PumpBuffer()
    private var inputEnded = false
    private var upEnded = false
    private var downEnded = false
    /// When the rest of a connection whose server has ended was last used (nanoseconds of the ``MonotonicClock``).
    private var lastWord: Int64 = 0

    private static let silence: Int64 = 2_000_000_000

    package init(_ streams: consuming StandardStreams, socket: consuming InternetSocket) {
        self.streams = streams
        self.socket = socket
    }

    /// Carries until the end, or until one of the signals of `signals` comes.
    package mutating func run(signals: borrowing SignalDescriptor) -> PumpEnd {
        var poller = Poller(capacity: 4)
        while true {
            poller.removeAll()
            let ofInput = poller.add(inputEnded || !up.isEmpty ? -1 : streams.input.number, .readable)
            let ofSocket = poller.add(socket.descriptor.number, socketInterest)
            // Asked for nothing, it still reports that the reader is gone.
            let ofOutput = poller.add(streams.outputNumber, down.isEmpty ? [] : .writable)
            let ofSignals = poller.add(signals.descriptor.number, .readable)
            do throws(SystemError) {
                try poller.wait(nanoseconds: patience)
                if patience == 0 { return .finished }
                if !poller.readiness(at: ofSignals).isEmpty, let signal = try signals.next() {
                    return .signal(signal)
                }
                if !poller.readiness(at: ofOutput).isDisjoint(with: [.failed, .invalid]) { return .finished }
                if !poller.readiness(at: ofInput).isEmpty { try takeInput() }
                let state = poller.readiness(at: ofSocket)
                if state.contains(.writable) || !state.isDisjoint(with: [.failed, .hangUp]) {
                    giveToSocket()
                }
                if !state.subtracting(.writable).isEmpty, down.isEmpty { try takeFromSocket() }
                if !poller.readiness(at: ofOutput).isEmpty, try !giveToOutput() { return .finished }
            } catch {
                return .lost(reason: error.reason)
            }
            if downEnded, down.isEmpty {
                streams.closeOutput()
                if inputEnded, up.isEmpty { return .finished }
            }
        }
    }

    /// How long to wait for an event; nil where both sides may still speak.
    private var patience: Int64? {
        guard downEnded, down.isEmpty, up.isEmpty else { return nil }
        return max(0, lastWord + Pump.silence - MonotonicClock.now())
    }

    private var socketInterest: Readiness {
        var interest: Readiness = []
        if down.isEmpty, !downEnded { interest.insert(.readable) }
        if !up.isEmpty { interest.insert(.writable) }
        return interest
    }

    private mutating func takeInput() throws(SystemError) {
        switch try up.fill(from: streams.input) {
        case .bytes:
            lastWord = MonotonicClock.now()
            giveToSocket()
        case .wouldBlock: break
        case .end:
            inputEnded = true
            endUpward()
        }
    }

    /// Writes upward what there is. A server that takes no more may still have something to say: reading goes on.
    private mutating func giveToSocket() {
        guard !up.isEmpty else { return }
        let transfer = (try? up.drain(into: socket.descriptor)) ?? .end
        guard transfer == .end else { return }
        up.clear()
        upEnded = true
        inputEnded = true
    }

    private mutating func takeFromSocket() throws(SystemError) {
        switch try down.fill(from: socket.descriptor) {
        case .bytes:
            socket.acknowledgeQuickly()
            if try !giveToOutput() { downEnded = true }
        case .wouldBlock: break
        case .end:
            downEnded = true
            lastWord = MonotonicClock.now()
        }
    }

    /// Writes downward what there is; false when nobody reads it any more.
    private mutating func giveToOutput() throws(SystemError) -> Bool {
        guard !down.isEmpty else { return true }
        if try streams.write(&down) != .end { return true }
        down.clear()
        return false
    }

    private mutating func endUpward() {
        guard !upEnded else { return }
        upEnded = true
        // Fails only where the connection is gone, which the next read tells.
        try? socket.shutdownWriting()
    }
}
