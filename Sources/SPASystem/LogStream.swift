// Unsafe rim: write(2) to a descriptor that is only borrowed.
internal import Glibc

/// A log that is read by somebody else, who may be slow or stand still: a full pipe or disk costs lines, which are counted,
/// never the program's time.
package final class LogStream {
    private let number: Int32
    private var poller = Poller(capacity: 1)
    /// Nobody has read for a while: nothing is waited for until there is room again.
    private var isStuck = false
    private var lost: UInt64 = 0
    /// Whether the last line that was begun has no end.
    private var isTorn = false

    /// Longest time that a line waits for room, in nanoseconds.
    private static let patience: Int64 = 100_000_000
    /// Bytes that a pipe takes without waiting once poll(2) says that it is writable (PIPE_BUF).
    private static let portion = 4096

    /// - Parameter number: an open descriptor that stays the caller's.
    package init(_ number: Int32 = 2) { self.number = number }

    /// Writes `text`, which ends in a line end, or counts it as lost.
    package func write(_ text: String) {
        if lost > 0 {
            guard putLoss() else { return lost += 1 }
        }
        if !put(text) { lost += 1 }
    }

    /// Tells what was lost, if anything. The number that has to become writable before that is possible, where waiting
    /// helps.
    package func catchUp() -> Int32? {
        guard lost > 0, !putLoss() else { return nil }
        return isStuck ? number : nil
    }

    private func putLoss() -> Bool {
        guard put("(\(lost) lines were lost: the log took none)\n") else { return false }
        lost = 0
        return true
    }

    private func put(_ text: String) -> Bool {
        // Behind a line that broke off, the next one starts on its own.
        var rest = Array((isTorn ? "\n" + text : text).utf8)[...]
        let length = rest.count
        while !rest.isEmpty {
            guard hasRoom() else { return fail(rest.count < length) }
            let part = Array(rest.prefix(LogStream.portion))
            // SAFETY: pointer and count describe the array for the length of the call.
            let count = unsafe part.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // A full disk or a reader that is gone is tried again with the next line: there is nothing to wait for.
            isStuck = count < 0 && errno == EAGAIN
            guard count > 0 else { return fail(rest.count < length) }
            rest = rest.dropFirst(count)
        }
        isTorn = false
        return true
    }

    private func fail(_ brokeOff: Bool) -> Bool {
        if brokeOff { isTorn = true }
        return false
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
