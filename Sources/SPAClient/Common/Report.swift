internal import SPASystem

/// What `-v` shows: lines on standard error with the milliseconds since the start. Never a key.
struct Report: Sendable {
    /// 0 shows nothing.
    let level: Int
    /// Nanoseconds of the ``MonotonicClock``.
    let start: Int64

    func say(_ level: Int, _ text: @autoclosure () -> String) {
        guard self.level >= level else { return }
        let micros = (MonotonicClock.now() - start) / 1000
        let fraction = String(1000 + micros % 1000).dropFirst()
        StandardError.write("spa-proxy: \(micros / 1000).\(fraction) ms: \(text())\n")
    }
}
