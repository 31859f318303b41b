internal import CSallyportShims
internal import Glibc

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

    /// Now, as a date of the international standard time: `2026-11-21T07:05:09.123Z`.
    package static func text() -> String {
        let now = sp_realtime_ns()
        var seconds = time_t(now / 1_000_000_000)
        var parts = unsafe tm()
        // SAFETY: the call reads the number and fills the record, both of which are ours.
        guard unsafe gmtime_r(&seconds, &parts) != nil else { return "\(seconds)" }
        let fields = [
            (unsafe parts.tm_year + 1900, 4, "-"), (unsafe parts.tm_mon + 1, 2, "-"),
            (unsafe parts.tm_mday, 2, "T"),
            (unsafe parts.tm_hour, 2, ":"), (unsafe parts.tm_min, 2, ":"), (unsafe parts.tm_sec, 2, "."),
            (Int32(truncatingIfNeeded: now / 1_000_000 % 1000), 3, "Z"),
        ]
        return fields.reduce(into: "") { text, field in
            let digits = String(field.0)
            text += String(repeating: "0", count: max(field.1 - digits.count, 0)) + digits + field.2
        }
    }
}
