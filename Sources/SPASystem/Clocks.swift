internal import CSallyportShims

/// Time since some moment, never set back; stands still while the machine sleeps (CLOCK_MONOTONIC).
package enum MonotonicClock {
    /// In nanoseconds.
    package static func now() -> Int64 { sp_monotonic_ns() }
}

/// Time since the machine started, its sleep included (CLOCK_BOOTTIME).
package enum BootClock {
    /// In nanoseconds.
    package static func now() -> Int64 { sp_boottime_ns() }
}

/// The date, which the administrator may set (CLOCK_REALTIME).
package enum RealtimeClock {
    /// In nanoseconds since 1970.
    package static func now() -> Int64 { sp_realtime_ns() }
    /// In seconds since 1970.
    package static func seconds() -> Int64 { sp_realtime_ns() / 1_000_000_000 }
}
