internal import SPAFirewall
internal import SPASystem

/// Insertions through a tool that is kept open: it acknowledges each script within a fraction of a millisecond.
final class SessionLane {
    /// What became of a batch.
    enum News {
        case inserted([RuleInsertion])
        /// Whether the kernel has the rules is not known.
        case lost([RuleInsertion], reason: String)
    }

    private var tool: ToolProcess?
    private var inFlight: (number: UInt64, batch: [RuleInsertion], deadline: Int64)?
    private var lastNumber: UInt64 = 0
    /// Tools that were killed and wait to be reaped.
    private var dying: [ToolProcess] = []

    static let batchLimit = 64
    private static let patience: Int64 = 2_000_000_000
    /// The most that a tool prints in answer to a script, and more.
    private static let answerLimit = 1 << 16

    /// Whether it can take a batch.
    var isFree: Bool { inFlight == nil }

    /// Rules that the kernel may have before their acknowledgement is here.
    var arriving: [GrantRule] { inFlight?.batch.map(\.rule) ?? [] }

    /// When to look again at the latest, on the boot clock.
    var nextLook: Int64? { inFlight?.deadline }

    func register(in poller: inout Poller) {
        guard let tool else { return }
        let (output, errors) = tool.pollable
        poller.add(output, .readable)
        poller.add(errors, .readable)
    }

    /// Starts the tool, where it does not run; a failure shows with the first batch.
    func open(_ tools: FirewallTools) {
        guard tool == nil else { return }
        do throws(SystemError) { tool = try tools.session() } catch { tool = nil }
    }

    /// Hands a batch over; false when nothing came of it.
    func submit(
        _ batch: [RuleInsertion], to chain: String, with tools: FirewallTools, at moment: Int64
    ) -> Bool {
        open(tools)
        var script = RestoreScript()
        for insertion in batch { script.append(insertion.rule, to: chain) }
        lastNumber += 1
        guard tool?.write(script.text(acknowledgement: lastNumber)) == true else {
            // It may have a part of the script, which must not be completed by the next one.
            discard()
            return false
        }
        inFlight = (lastNumber, batch, moment + SessionLane.patience)
        return true
    }

    func advance(at moment: Int64) -> News? {
        dying.removeAll {
            $0.pump()
            return $0.end != nil
        }
        guard let tool else { return nil }
        tool.pump()
        if let done = acknowledged(tool) { return .inserted(done) }
        if tool.end != nil { return lose("the session of the firewall tool ended, \(tool.failure)") }
        if let deadline = inFlight?.deadline, deadline <= moment {
            return lose("the firewall tool did not answer for 2 seconds")
        }
        if tool.printed.count > SessionLane.answerLimit {
            return lose("the firewall tool prints what nobody asked for")
        }
        return nil
    }

    /// Ends the tool.
    func discard() {
        guard let old = tool else { return }
        tool = nil
        guard old.end == nil else { return }
        old.kill()
        dying.append(old)
    }

    private func lose(_ reason: String) -> News? {
        discard()
        guard let flight = inFlight else { return nil }
        inFlight = nil
        return .lost(flight.batch, reason: reason)
    }

    private func acknowledged(_ tool: ToolProcess) -> [RuleInsertion]? {
        guard let flight = inFlight else {
            _ = tool.takePrinted()
            return nil
        }
        guard !tool.printed.isEmpty else { return nil }
        let text = String(decoding: tool.printed, as: UTF8.self)
        let wanted = RestoreScript.acknowledgement(flight.number)
        guard
            text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().contains(
                Substring(wanted))
        else { return nil }
        _ = tool.takePrinted()
        inFlight = nil
        return flight.batch
    }
}
