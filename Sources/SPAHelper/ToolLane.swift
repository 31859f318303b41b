internal import SPASystem

/// Runs one tool at a time, each for so long at most.
final class ToolLane {
    /// How a job's tool ended.
    enum Ending {
        case ended(ToolProcess)
        /// It was killed because it took too long.
        case hung
    }

    private struct Run {
        let job: FirewallJob
        let tool: ToolProcess
        let start: Int64
        var deadline: Int64
        var isKilled = false
    }

    private var run: Run?
    /// Tools that were killed and did not even end then.
    private var dying: [ToolProcess] = []

    /// Longest time for a tool, in nanoseconds.
    static let patience: Int64 = 12_000_000_000
    /// Longest time for a killed tool to be gone.
    private static let agony: Int64 = 2_000_000_000

    var isBusy: Bool { run != nil }

    /// Since when the tool runs, on the boot clock.
    var busySince: Int64? { run?.start }

    /// When to look again at the latest, on the boot clock.
    var nextLook: Int64? { run?.deadline }

    func register(in poller: inout Poller) {
        guard let tool = run?.tool else { return }
        let (output, errors) = tool.pollable
        poller.add(output, .readable)
        poller.add(errors, .readable)
    }

    func start(_ job: FirewallJob, _ tool: ToolProcess, at moment: Int64) {
        run = Run(job: job, tool: tool, start: moment, deadline: moment + ToolLane.patience)
    }

    /// The job whose tool is done with, one way or the other.
    func advance(at moment: Int64) -> (FirewallJob, Ending)? {
        dying.removeAll {
            $0.pump()
            return $0.end != nil
        }
        guard let now = run else { return nil }
        now.tool.pump()
        if now.tool.end != nil {
            run = nil
            return (now.job, now.isKilled ? .hung : .ended(now.tool))
        }
        guard now.deadline <= moment else { return nil }
        if !now.isKilled {
            // Its end is waited for: until then it may still change something.
            now.tool.kill()
            run?.isKilled = true
            run?.deadline = moment + ToolLane.agony
            return nil
        }
        dying.append(now.tool)
        run = nil
        return (now.job, .hung)
    }

    /// Kills the tool and forgets its job.
    func discard() {
        guard let now = run else { return }
        now.tool.kill()
        dying.append(now.tool)
        run = nil
    }
}
