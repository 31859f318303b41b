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
    private let parameters: (interface: String, filter: String, snapLength: UInt32, promiscuous: Bool)
    private var capture: Capture?
    private var batch: FrameBatch
    private var isBlocked = false
    private var pauseEnd: Int64 = 0
    private var reopenAt: Int64 = 0

    private static let busy = 16
    private static let pause: Int64 = 1_000_000
    private static let reopenPause: Int64 = 1_000_000_000

    init(
        worker: consuming MessageSocket, interface: String, filter: String, snapLength: UInt32,
        promiscuous: Bool
    ) throws(CaptureError) {
        self.worker = worker
        parameters = (interface, filter, snapLength, promiscuous)
        // Room for the link header, which the administrator's MAX_SNIFF_BYTES does not think of.
        let capture = try Capture(
            interface: interface, filter: filter, snapLength: snapLength + 64, promiscuous: promiscuous)
        batch = FrameBatch(linkType: capture.linkType)
        self.capture = consume capture
    }

    /// Adds what to wait for. `moment` is the boot clock's.
    func register(in poller: inout Poller, at moment: Int64) {
        // The worker's end is watched for its end, too.
        poller.add(worker.descriptor.number, isBlocked ? .writable : [])
        if !isBlocked, pauseEnd <= moment, let number = capture?.pollable { poller.add(number, .readable) }
    }

    /// When to look again at the latest, on the boot clock.
    func nextLook(at moment: Int64) -> Int64? {
        if capture == nil { return reopenAt }
        return pauseEnd > moment && !isBlocked ? pauseEnd : nil
    }

    /// What a round of forwarding found.
    enum Finding {
        case nothing
        case workerGone
        case captureLost(String)
        case captureBack
    }

    func advance(at moment: Int64) -> Finding {
        if isBlocked {
            guard flush() else { return .workerGone }
            if isBlocked { return .nothing }
        }
        guard capture != nil else { return reopen(at: moment) }
        guard pauseEnd <= moment else { return .nothing }
        return drain(at: moment)
    }

    private func drain(at moment: Int64) -> Finding {
        var taken = 0
        do throws(CaptureError) {
            taken =
                try capture?.drain(limit: 4096) { frame in
                    if self.batch.hasRoom(for: frame.count) { self.batch.append(frame) }
                    return self.batch.hasRoom(for: Int(self.parameters.snapLength) + 64)
                } ?? 0
        } catch {
            capture = nil
            reopenAt = moment + FrameForwarder.reopenPause
            return flush() ? .captureLost("\(error)") : .workerGone
        }
        if taken >= FrameForwarder.busy { pauseEnd = moment + FrameForwarder.pause }
        return flush() ? .nothing : .workerGone
    }

    private func reopen(at moment: Int64) -> Finding {
        guard reopenAt <= moment else { return .nothing }
        do throws(CaptureError) {
            let again = try Capture(
                interface: parameters.interface, filter: parameters.filter,
                snapLength: parameters.snapLength + 64, promiscuous: parameters.promiscuous)
            batch = FrameBatch(linkType: again.linkType)
            capture = consume again
            return .captureBack
        } catch {
            reopenAt = moment + FrameForwarder.reopenPause
            return .nothing
        }
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
