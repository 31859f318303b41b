internal import SPACapture
internal import SPAChannel
internal import SPANet
internal import SPASystem

/// Copies captured frames to the worker, unread, many to a message.
///
/// Quiet times: each wake-up drains what is there and sends it at once. Under load it pauses for a millisecond between two
/// drains, so that a message holds many frames. When the worker cannot keep up, nothing is drained, and the kernel's ring
/// drops what is too much.
final class FrameForwarder {
    private let worker: MessageSocket
    private let packetSize: Int
    private var capture: Capture
    /// Where packets of the other family come from a socket of their own.
    private var second: Capture?
    private var batch = FrameBatch()
    private var isBlocked = false
    private var pauseEnd: Int64 = 0

    private static let busy = 16
    private static let pause: Int64 = 1_000_000

    /// - Parameters:
    ///   - second: one more, which is bound for good.
    ///   - packetSize: bytes of a packet that they keep.
    init(
        worker: consuming MessageSocket, capture: consuming Capture, second: consuming Capture?,
        packetSize: UInt32
    ) {
        self.worker = worker
        self.capture = capture
        self.second = second
        self.packetSize = Int(packetSize)
    }

    /// Lends the first capture, to bind it.
    func withCapture<R, E: Error>(_ body: (borrowing Capture) throws(E) -> R) throws(E) -> R {
        try body(capture)
    }

    /// Adds what to wait for. `moment` is the boot clock's.
    func register(in poller: inout Poller, at moment: Int64) {
        // The worker's end is watched for its end, too.
        poller.add(worker.descriptor.number, isBlocked ? .writable : [])
        guard !isBlocked, pauseEnd <= moment else { return }
        poller.add(capture.pollable, .readable)
        if let other = second?.pollable { poller.add(other, .readable) }
    }

    /// When to look again at the latest, on the boot clock.
    func nextLook(at moment: Int64) -> Int64? { pauseEnd > moment && !isBlocked ? pauseEnd : nil }

    /// Forwards what is there; false when the worker is gone.
    func advance(at moment: Int64) -> Bool {
        if isBlocked {
            guard flush() else { return false }
            if isBlocked { return true }
        }
        guard pauseEnd <= moment else { return true }
        // Half of a message at most for each: a flood of one family shall not shut out the other.
        let isShared = second != nil
        var taken = capture.drain(limit: 4096) { frame in
            take(frame) && !(isShared && batch.isHalfFull)
        }
        if isShared, batch.hasRoom(for: packetSize) {
            taken += second?.drain(limit: 4096) { frame in take(frame) } ?? 0
        }
        if taken >= FrameForwarder.busy { pauseEnd = moment + FrameForwarder.pause }
        return flush()
    }

    /// Puts a frame into the batch; whether there is room for one more.
    private func take(_ frame: Span<UInt8>) -> Bool {
        if batch.hasRoom(for: frame.count) { batch.append(frame) }
        return batch.hasRoom(for: packetSize)
    }

    /// Sends the batch; false when the worker is gone.
    private func flush() -> Bool {
        guard batch.count > 0 else { return true }
        let message = batch.message
        do throws(SystemError) {
            switch try worker.send(message.span) {
            case .sent:
                batch.removeAll()
                isBlocked = false
            case .wouldBlock: isBlocked = true
            case .closed: return false
            }
        } catch {
            return false
        }
        return true
    }
}
