internal import SPAChannel
internal import SPASystem

/// The helper's end of the connection to the supervisor.
///
/// A supervisor that is stopped must not stop the doors: what it does not take is counted by kind and told once it listens
/// again. Changes of state are kept for it; there are never more than a handful.
final class SupervisorLink {
    private let socket: MessageSocket
    private var outlet = MessageOutlet()
    private var kept: [HelperEvent] = []
    private var lost = LostEvents()

    init(_ socket: consuming MessageSocket) { self.socket = socket }

    var pollable: Int32 { socket.descriptor.number }

    /// What to wait for: room as well while something is to be told.
    var wants: Readiness { hasTold || nextTry != nil ? .readable : [.readable, .writable] }

    /// When to flush, on the boot clock, where no event says so.
    var nextTry: Int64? { outlet.nextTry }

    private var hasTold: Bool { kept.isEmpty && lost.isEmpty }

    func send(_ event: HelperEvent) {
        // Behind a loss nothing goes out before the loss itself, so that the log shows where it was.
        if hasTold, transmit(event) { return }
        if !lost.count(event) { keep(event) }
    }

    /// Of what became of the capture, and of what is waited for, the latest is enough: both may change for as long as
    /// nobody listens.
    private func keep(_ event: HelperEvent) {
        if case .waiting = event {
            kept.removeAll { if case .waiting = $0 { true } else { false } }
        }
        guard case .capture(let state, var untold) = event else { return kept.append(event) }
        kept.removeAll { earlier in
            guard case .capture(_, let before) = earlier else { return false }
            untold = UInt32(clamping: UInt64(untold) + UInt64(before) + 1)
            return true
        }
        kept.append(.capture(state, untold: untold))
    }

    /// Sends what was kept and tells what was lost. To be called when poll(2) says that there is room, which means room for
    /// many (a report for each place that gets free would fill it), and at ``nextTry``.
    func flush() {
        if !lost.isEmpty {
            guard transmit(.message(.warning, lost.description)) else { return }
            lost = LostEvents()
        }
        while let event = kept.first, transmit(event) { kept.removeFirst() }
    }

    private func transmit(_ event: HelperEvent) -> Bool {
        let bytes = event.encoded
        let outcome = outlet.send(at: BootClock.now()) { () throws(SystemError) in
            try socket.send(bytes.span)
        }
        return outcome.isOver
    }

    /// The outcome of looking for an order.
    enum Order {
        case order(HelperOrder)
        case none
        /// The supervisor is gone, or talks nonsense, which is treated alike.
        case ended
    }

    func next() -> Order {
        var buffer = [UInt8](repeating: 0, count: HelperOrder.sizeLimit)
        var span = buffer.mutableSpan
        do throws(SystemError) {
            switch try socket.receive(into: &span) {
            case .wouldBlock: return .none
            case .closed, .truncated: return .ended
            case .message(let count): return decode(buffer, count)
            }
        } catch {
            return .ended
        }
    }

    private func decode(_ buffer: [UInt8], _ count: Int) -> Order {
        do throws(ChannelError) {
            return .order(try HelperOrder(decoding: buffer.span.extracting(0..<count)))
        } catch {
            return .ended
        }
    }
}
