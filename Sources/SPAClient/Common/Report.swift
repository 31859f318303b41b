internal import SPASystem

/// What a run tells about itself, in the same words wherever they go: to standard error for `-v`, to the log file, and to
/// standard output for `--explain`. Never a key.
struct Report: Sendable {
    /// What standard error shows: 0 nothing, 1 each step, 2 each connection attempt too.
    var level: Int
    /// Nanoseconds of the ``MonotonicClock``.
    let start: Int64
    var log: LogFile?
    /// Standard output gets the steps, and standard error nothing.
    var explains = false

    func say(_ level: Int, _ text: @autoclosure () -> String) {
        let isShown = self.level >= level
        // The log and the explanation have the steps in any case.
        let isKept = max(self.level, 1) >= level
        guard isShown || (isKept && (log != nil || explains)) else { return }
        let text = text()
        if isKept { log?.write(text) }
        if explains {
            if isKept { StandardOutput.write("\(Report.column(elapsed)) ms  \(text)\n") }
        } else if isShown {
            StandardError.write("spa-proxy: \(elapsed) ms: \(text)\n")
        }
    }

    /// Milliseconds since the start, three decimals.
    private var elapsed: String {
        let micros = (MonotonicClock.now() - start) / 1000
        return "\(micros / 1000).\(String(1000 + micros % 1000).dropFirst())"
    }

    private static func column(_ text: String) -> String {
        String(repeating: " ", count: max(10 - text.count, 0)) + text
    }
}
