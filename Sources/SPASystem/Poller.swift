// Unsafe rim: poll(2).
internal import CSallyportShims
internal import Glibc

/// What a descriptor is waited for, or is ready for.
package struct Readiness: OptionSet, Hashable, Sendable {
    package let rawValue: Int16
    package init(rawValue: Int16) { self.rawValue = rawValue }

    package static let readable = Readiness(rawValue: Int16(POLLIN))
    package static let writable = Readiness(rawValue: Int16(POLLOUT))
    /// The other side has gone; reported without being asked for.
    package static let hangUp = Readiness(rawValue: Int16(POLLHUP))
    /// An error is pending; reported without being asked for.
    package static let failed = Readiness(rawValue: Int16(POLLERR))
    /// The number is no open descriptor; reported without being asked for.
    package static let invalid = Readiness(rawValue: Int16(POLLNVAL))
}

/// Waits for a few descriptors at once. Kept and refilled, it allocates nothing.
package struct Poller: Sendable {
    private var entries: [pollfd] = []

    package init(capacity: Int = 32) { entries.reserveCapacity(capacity) }

    package var count: Int { entries.count }

    /// Forgets all descriptors and keeps the room.
    package mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

    /// Adds a descriptor and returns its index. An empty interest still reports errors and hang-up; a negative number
    /// reports nothing.
    @discardableResult
    package mutating func add(_ number: Int32, _ interest: Readiness) -> Int {
        entries.append(pollfd(fd: number, events: interest.rawValue, revents: 0))
        return entries.count - 1
    }

    /// Changes what the entry at `index` waits for.
    package mutating func setInterest(_ interest: Readiness, at index: Int) {
        entries[index].events = interest.rawValue
    }

    /// What the last wait found for the entry at `index`.
    package func readiness(at index: Int) -> Readiness { Readiness(rawValue: entries[index].revents) }

    /// Waits until a descriptor is ready or the time is over; nil waits forever. Returns how many are ready.
    @discardableResult
    package mutating func wait(nanoseconds: Int64?) throws(SystemError) -> Int {
        // SAFETY: pointer and count describe the array's own storage for the length of the call.
        let ready = unsafe entries.withUnsafeMutableBufferPointer {
            unsafe sp_poll($0.baseAddress, $0.count, nanoseconds.map { max($0, 0) } ?? -1)
        }
        guard ready >= 0 else { throw SystemError.last("poll") }
        return Int(ready)
    }

    /// The same with a time in milliseconds.
    @discardableResult
    package mutating func wait(milliseconds: Int32?) throws(SystemError) -> Int {
        try wait(nanoseconds: milliseconds.map { Int64($0) * 1_000_000 })
    }
}
