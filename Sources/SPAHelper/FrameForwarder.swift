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
    private var batch = FrameBatch()
    private var isBlocked = false
    private var pauseEnd: Int64 = 0

    private static let busy = 16
    private static let pause: Int64 = 1_000_000

    /// - Parameter packetSize: bytes of a packet that `capture` keeps.
    init(worker: consuming MessageSocket, capture: consuming Capture, packetSize: UInt32) {
        self.worker = worker
        self.capture = capture
        self.packetSize = Int(packetSize)
    }

    /// Lends the capture, to bind it.
    func withCapture<R, E: Error>(_ body: (borrowing Capture) throws(E) -> R) throws(E) -> R {
        try body(capture)
    }

    /// Adds what to wait for. `moment` is the boot clock's.
    func register(in poller: inout Poller, at moment: Int64) {
        // The worker's end is watched for its end, too.
        poller.add(worker.descriptor.number, isBlocked ? .writable : [])
        if !isBlocked, pauseEnd <= moment { poller.add(capture.pollable, .readable) }
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
        let taken = capture.drain(limit: 4096) { frame in
            if batch.hasRoom(for: frame.count) { batch.append(frame) }
            return batch.hasRoom(for: packetSize)
        }
        if taken >= FrameForwarder.busy { pauseEnd = moment + FrameForwarder.pause }
        return flush()
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
