internal import SPAChannel
internal import SPASystem

/// How far the server is: what is up, what is waited for, and what the service manager knows of it.
struct ServerStatus {
    private var capture: CaptureNews
    private let manager: ServiceManager?
    private var helperIsUp = false
    /// Whether rules can be added, which may come later than the rest.
    private var firewallIsReady = false
    /// What the firewall is waited for, when it is.
    private var firewallWait: String?
    private var workerIsUp = false
    private var workerIsReady = false
    /// Whether the start is over: both children are up, and the privileges are given up.
    private(set) var isStarted = false
    private var isAnnounced = false
    /// The words that the service manager has.
    private var told = ""

    init(capture: CaptureNews, manager: ServiceManager?) { (self.capture, self.manager) = (capture, manager) }

    /// Whether both children have taken their settings, be it that they wait for something.
    var childrenAreUp: Bool { helperIsUp && workerIsUp }

    /// What is waited for, or done.
    private var words: String {
        if let firewallWait { return "Waiting for \(firewallWait)" }
        return capture.status
            ?? (workerIsReady ? "Judging packets at \(capture.name)" : "Waiting until packets can be judged")
    }

    // MARK: what the children tell

    mutating func helperIsReady() { (helperIsUp, firewallIsReady) = (true, true) }

    /// - Parameter what: what the helper waits for; empty when it no longer does.
    mutating func helperWaits(for what: String) {
        helperIsUp = true
        firewallWait = what.isEmpty ? nil : LogBook.printable(what)
    }

    mutating func workerHasSettings() { workerIsUp = true }

    mutating func workerJudges() { workerIsReady = true }

    /// The line for the log, if the change is worth one.
    mutating func take(_ state: CaptureState, untold: UInt32) -> String? {
        // Later no socket can be made to ask.
        capture.take(state, untold: untold, there: isStarted ? [] : NetworkInterfaces.names())
    }

    // MARK: what the service manager is told

    /// The start is over. The server may still wait for the clock, the replay store, the firewall or the interface: log
    /// and status say so.
    mutating func start() {
        isStarted = true
        told = words
        manager?.tell("READY=1\nSTATUS=\(told)")
    }

    func stop() { manager?.tell("STOPPING=1") }

    /// Tells what has changed. True once, when a knock can open for the first time.
    mutating func announce() -> Bool {
        guard isStarted else { return false }
        if words != told {
            told = words
            manager?.tell("STATUS=\(told)")
        }
        guard !isAnnounced, workerIsReady, firewallIsReady, capture.isCapturing else { return false }
        isAnnounced = true
        return true
    }
}
