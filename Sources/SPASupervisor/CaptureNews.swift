internal import SPAChannel

/// What the helper tells about the interface, in words for log and service manager.
struct CaptureNews {
    /// PCAP_INTF or `-i`.
    let configured: String
    /// Where that is written: `file:line: PCAP_INTF`, or the option.
    let place: String
    private var state: CaptureState?

    init(configured: String, place: String) { (self.configured, self.place) = (configured, place) }

    /// Whether packets are captured now.
    var isCapturing: Bool { if case .up = state { true } else { false } }

    /// What is waited for; nil while packets are captured.
    var status: String? {
        switch state {
        case nil, .missing: "Waiting for interface \(configured)"
        case .down(let name): "Waiting until interface \(LogBook.printable(name)) is up"
        case .up: nil
        }
    }

    /// The interface, by its name of now.
    var name: String {
        if case .up(let name) = state { LogBook.printable(name) } else { configured }
    }

    /// The line for the log; nil where the line about readiness says enough.
    ///
    /// - Parameter there: the names of the interfaces that there are, where that may still be asked.
    mutating func take(_ new: CaptureState, untold: UInt32, there: [String]) -> String? {
        let isFirst = state == nil
        state = new
        let more = untold > 0 ? " (\(untold) changes before are not listed)" : ""
        switch new {
        case .missing where isFirst:
            let names = there.map(LogBook.printable).joined(separator: ", ")
            return
                "warning: \(place): there is no interface \(configured); waiting for interface \(configured) (there are:"
                + " \(names))"
        case .missing:
            return "warning: interface \(configured) is gone; waiting for interface \(configured)\(more)"
        case .down:
            return "warning: interface \(currentName(new)) is down; waiting until it is up\(more)"
        case .up(configured):
            return isFirst ? nil : "Capturing at interface \(configured)\(more)"
        case .up:
            return
                "warning: interface \(configured) is called \(currentName(new)) now; capturing there until another one"
                + " has the name \(configured)\(more)"
        }
    }

    private func currentName(_ state: CaptureState) -> String {
        switch state {
        case .missing: configured
        case .down(let name), .up(let name): LogBook.printable(name)
        }
    }
}
