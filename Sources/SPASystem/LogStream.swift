// Unsafe rim: write(2) to a descriptor that is only borrowed.
internal import Glibc

/// A log that is read by somebody else, who may be slow or stand still: a full pipe costs lines, never the program's time.
package final class LogStream {
    private let number: Int32
    private var poller = Poller(capacity: 1)
    /// Nobody has read for a while: nothing is waited for until there is room again.
    private var isStuck = false
    private var lost: UInt64 = 0

    /// Longest time that a line waits for room, in nanoseconds.
    private static let patience: Int64 = 100_000_000
    /// Bytes that a pipe takes without waiting once poll(2) says that it is writable (PIPE_BUF).
    private static let portion = 4096

    /// - Parameter number: an open descriptor that stays the caller's.
    package init(_ number: Int32 = 2) { self.number = number }

    /// Writes `text`, which ends in a line end, or counts it as lost.
    package func write(_ text: String) {
        if lost > 0 {
            guard put("(\(lost) lines were lost: nobody read the log)\n") else { return lost += 1 }
            lost = 0
        }
        if !put(text) { lost += 1 }
    }

    private func put(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            guard hasRoom() else { return false }
            let part = Array(rest.prefix(LogStream.portion))
            // SAFETY: pointer and count describe the array for the length of the call.
            let count = unsafe part.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                isStuck = true
                return false
            }
            // Whatever else is wrong has nowhere to go, and waiting does not mend it.
            guard count > 0 else { return true }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func hasRoom() -> Bool {
        poller.removeAll()
        let entry = poller.add(number, .writable)
        do throws(SystemError) {
            _ = try poller.wait(nanoseconds: isStuck ? 0 : LogStream.patience)
        } catch {
            return false
        }
        isStuck = poller.readiness(at: entry).isEmpty
        return !isStuck
    }
}
