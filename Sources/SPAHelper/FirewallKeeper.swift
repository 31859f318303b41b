internal import SPAFirewall
internal import SPANet
internal import SPASystem

/// Keeps the rules of our chain, through tools of the iptables family that it never waits for.
///
/// Two lanes: insertions go through a session, a tool kept open. Everything else, and insertions that the session failed,
/// goes through one-shot tools, one at a time, because a deletion takes the kernel some 16 ms, in which the session would be
/// deaf. Legacy iptables has the second lane only, and each of its tools runs under the machine's lock.
final class FirewallKeeper {
    var tools: FirewallTools
    private(set) var plan: ChainPlan
    let start: StartOrder
    /// Nil where its file could not be opened, and where the tools are not of the legacy kind, which alone needs it.
    var lock: XtablesLock?

    let session = SessionLane()
    let lane = ToolLane()
    var jobs: [FirewallJob] = []
    var waiting: [RuleInsertion] = []
    private var doubted: [RuleInsertion] = []
    private var doomed: [GrantRule] = []
    /// Rules whose deletion failed, until a look at the chain has shown that they are gone.
    var unswept: [GrantRule] = []
    /// Rules that the kernel has, as far as we know.
    var standing: Set<GrantRule> = []

    /// The steps up to the first look at the chain; nothing is added before it.
    var starting = Backoff(due: 0)
    var isPrepared = false
    /// Looking after the chain.
    var mending = Backoff()
    var way = WayWatch()
    private var shortage = ProcessShortage()
    private var lockSince: Int64?
    private var lastAdvance: Int64 = 0

    /// From when on waiting is worth a word, and how often a lock is tried.
    private static let noticeable: Int64 = 1_500_000_000
    private static let lockPause: Int64 = 10_000_000

    init(tools: FirewallTools, plan: ChainPlan, start: StartOrder, lock: XtablesLock?) {
        (self.tools, self.plan, self.start, self.lock) = (tools, plan, start, lock)
    }

    func insert(_ insertion: RuleInsertion) { waiting.append(insertion) }

    /// Makes sure that a rule stands which was added before; answered like an insertion.
    func confirm(_ insertion: RuleInsertion) { doubted.append(insertion) }

    func delete(_ rule: GrantRule) { doomed.append(rule) }

    /// Lets go of everything that was ordered; what becomes of it.
    func giveUp(_ reason: String) -> [FirewallOutcome] {
        defer { (waiting, doubted, jobs, shortage) = ([], [], [], ProcessShortage()) }
        session.discard()
        lane.discard()
        return (waiting + doubted).map { .failed(token: $0.token, reason: reason) }
    }

    /// Services whose packets have to get as far as our chain.
    func guardServices(_ services: [Service]) { plan.guarded = services }

    // MARK: the loop's side

    /// Adds what to wait for.
    func register(in poller: inout Poller) {
        session.register(in: &poller)
        lane.register(in: &poller)
    }

    /// When to look again at the latest, on the boot clock; nil when only an event can change anything.
    var nextLook: Int64? {
        var moments = [session.nextLook, lane.nextLook, nextLate]
        if lockSince != nil {
            moments.append(lastAdvance + FirewallKeeper.lockPause)
        } else if let due = shortage.due {
            moments.append(due)
        } else if !lane.isBusy {
            moments += isPrepared ? [mending.due, way.due] : [starting.due]
        }
        // What was worth a word at the last look has been said.
        moments += [lane.busySince, lockSince].map { since in
            since.map { $0 + FirewallKeeper.noticeable }.flatMap { $0 > lastAdvance ? $0 : nil }
        }
        return moments.compactMap { $0 }.min()
    }

    private func late(_ batch: [RuleInsertion]) -> Int64? { batch.lazy.map(\.latest).min() }

    /// What keeps the work from going on, in words; nil where nothing does for long enough to speak of it.
    func waitsFor(at moment: Int64) -> String? {
        if let since = lockSince, moment - since >= FirewallKeeper.noticeable {
            return "\(XtablesLock.path), which another program has locked"
        }
        if let reason = shortage.reason { return "a process for the firewall tool (\(reason))" }
        if let reason = starting.reason ?? mending.reason {
            return "the firewall tool\(tools.family == .v6 ? " for IPv6" : "") (\(reason))"
        }
        if let since = lane.busySince, moment - since >= FirewallKeeper.noticeable {
            return "\(tools.program), which does not answer"
        }
        return nil
    }

    /// Goes on as far as possible. `moment` is the boot clock's.
    func advance(at moment: Int64) -> [FirewallOutcome] {
        var outcomes: [FirewallOutcome] = []
        lastAdvance = moment
        advanceSession(at: moment, &outcomes)
        advanceLane(at: moment, &outcomes)
        // A job may have left work for the session.
        advanceSession(at: moment, &outcomes)
        dropLate(at: moment, &outcomes)
        return outcomes
    }

    private func advanceSession(at moment: Int64, _ outcomes: inout [FirewallOutcome]) {
        switch session.advance(at: moment) {
        case .inserted(let batch): succeed(batch, &outcomes)
        case .lost(let batch, let reason):
            outcomes.append(.trouble(reason))
            jobs.insert(.insert(batch, isRetry: false), at: 0)
            // Its last script may have taken force all the same, and then there are rules twice.
            mending.ask(at: moment)
        case nil: break
        }
        guard isPrepared, tools.flavour == .nfTables, session.isFree, !waiting.isEmpty else { return }
        let batch = takeWaiting()
        if !session.submit(batch, to: plan.chain, with: tools, at: moment) {
            jobs.insert(.insert(batch, isRetry: false), at: 0)
        }
    }

    private func takeWaiting() -> [RuleInsertion] {
        let batch = Array(waiting.prefix(SessionLane.batchLimit))
        waiting.removeFirst(batch.count)
        return batch
    }

    /// Gives up what waited too long to be of use.
    private func dropLate(at moment: Int64, _ outcomes: inout [FirewallOutcome]) {
        guard let next = nextLate, next <= moment else { return }
        var dropped: [RuleInsertion] = []
        func prune(_ batch: inout [RuleInsertion]) {
            dropped += batch.filter { $0.latest <= moment }
            batch.removeAll { $0.latest <= moment }
        }
        prune(&waiting)
        prune(&doubted)
        for index in jobs.indices {
            guard case .insert(var batch, let isRetry) = jobs[index] else { continue }
            prune(&batch)
            jobs[index] = .insert(batch, isRetry: isRetry)
        }
        jobs.removeAll { if case .insert(let batch, _) = $0 { batch.isEmpty } else { false } }
        let reason = waitsFor(at: moment).map { "it waited too long for \($0)" } ?? "it waited too long"
        outcomes += dropped.map { .failed(token: $0.token, reason: reason) }
    }

    private var nextLate: Int64? {
        ([waiting, doubted].map(late)
            + jobs.map { if case .insert(let batch, _) = $0 { late(batch) } else { nil } }).compactMap { $0 }
            .min()
    }

    func succeed(_ batch: [RuleInsertion], _ outcomes: inout [FirewallOutcome]) {
        for insertion in batch {
            standing.insert(insertion.rule)
            outcomes.append(.inserted(token: insertion.token))
        }
        way.isDoubted = true
    }

    private func advanceLane(at moment: Int64, _ outcomes: inout [FirewallOutcome]) {
        switch lane.advance(at: moment) {
        case (let job, .ended(let tool))? where tool.succeeded: ended(job, tool, at: moment, &outcomes)
        case (let job, .ended(let tool))?: failed(job, tool.failure, at: moment, &outcomes)
        case (let job, .hung)?:
            failed(job, "\(tools.program) did not end within 12 seconds", at: moment, &outcomes)
        case nil: break
        }
        while !lane.isBusy, !shortage.holds(at: moment), let job = nextJob(at: moment) {
            guard takeLock(at: moment) else {
                jobs.insert(job, at: 0)
                return
            }
            begin(job, at: moment, &outcomes)
        }
        guard !lane.isBusy else { return }
        lock?.release()
        lockSince = nil
    }

    private func takeLock(at moment: Int64) -> Bool {
        guard tools.flavour == .legacy, let lock else { return true }
        let isTaken = lock.take()
        lockSince = isTaken ? nil : lockSince ?? moment
        return isTaken
    }

    private func nextJob(at moment: Int64) -> FirewallJob? {
        if !jobs.isEmpty { return jobs.removeFirst() }
        guard isPrepared else {
            guard starting.isDue(at: moment) else { return nil }
            starting.begin()
            return .version
        }
        if !doubted.isEmpty {
            defer { doubted = [] }
            return .confirm(doubted)
        }
        if tools.flavour == .legacy, !waiting.isEmpty { return .insert(takeWaiting(), isRetry: false) }
        if way.begin(at: moment) { return .verify }
        if mending.isDue(at: moment) { return .mend(retry: []) }
        guard !doomed.isEmpty else { return nil }
        defer { doomed = [] }
        return .delete(doomed)
    }

    private func begin(_ job: FirewallJob, at moment: Int64, _ outcomes: inout [FirewallOutcome]) {
        if case .mend = job { mending.begin() }
        do throws(SystemError) {
            lane.start(job, try tool(for: job), at: moment)
            shortage.isOver()
        } catch {
            if shortage.take(error, at: moment) {
                jobs.insert(job, at: 0)
                // Its end is to be noticed also where the job is given up.
                return mending.ask(at: moment)
            }
            failed(job, "\(error)", at: moment, &outcomes)
        }
    }

    private func tool(for job: FirewallJob) throws(SystemError) -> ToolProcess {
        var script = RestoreScript()
        switch job {
        case .version: return try tools.version()
        case .prepare, .mend, .confirm: return try tools.listing()
        case .verify: return try tools.rules(of: plan.parent)
        case .insert(let batch, _): for insertion in batch { script.append(insertion.rule, to: plan.chain) }
        case .delete(let rules): for rule in rules { script.delete(rule, from: plan.chain) }
        case .apply(let made, _), .settle(let made, _): script = made
        }
        return try tools.oneShot(script.text())
    }
}
