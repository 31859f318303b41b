// Unsafe rim: timerfd_create(2).
internal import CSallyportShims
internal import Glibc

/// A descriptor that becomes readable at a moment of the ``BootClock``.
package struct Timer: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    package init() throws(SystemError) {
        descriptor = try FileDescriptor(result: sp_timerfd_boottime(), of: "timerfd_create")
    }

    /// Sets the moment, in nanoseconds of the ``BootClock``; one in the past is due at once. Nil disarms.
    package borrowing func set(_ moment: Int64?) throws(SystemError) {
        guard sp_timerfd_set_absolute_ns(descriptor.number, moment.map { max($0, 1) } ?? 0) == 0 else {
            throw SystemError.last("timerfd_settime")
        }
    }

    /// Makes a timer that was due unreadable again; whether it was due.
    @discardableResult
    package borrowing func acknowledge() throws(SystemError) -> Bool {
        try readTimer(descriptor) == .expired
    }
}

/// A descriptor that becomes readable when somebody sets the machine's date.
package struct ClockChangeWatch: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    package init() throws(SystemError) {
        descriptor = try FileDescriptor(result: sp_timerfd_realtime_cancel_on_set(), of: "timerfd_settime")
    }

    /// Whether the date was set since the last call.
    package borrowing func acknowledge() throws(SystemError) -> Bool {
        try readTimer(descriptor) == .clockSet
    }
}

private enum TimerReading { case nothing, expired, clockSet }

private func readTimer(_ descriptor: borrowing FileDescriptor) throws(SystemError) -> TimerReading {
    var room = [UInt8](repeating: 0, count: 8)
    var span = room.mutableSpan
    do throws(SystemError) {
        return try descriptor.read(into: &span) == 8 ? .expired : .nothing
    } catch {
        switch error.code {
        case EAGAIN: return .nothing
        case ECANCELED: return .clockSet
        default: throw error
        }
    }
}
