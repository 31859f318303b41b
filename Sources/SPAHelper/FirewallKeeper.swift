internal import SPAFirewall
internal import SPASystem

/// Keeps the rules of our chain, through tools of the iptables family that it never waits for.
///
/// Two lanes: insertions go through a session, a tool kept open, which acknowledges each script within a fraction of a
/// millisecond. Everything else, and insertions that the session failed, goes through one-shot tools, one at a time,
/// because a deletion takes the kernel some 16 ms, in which the session would be deaf.
final class FirewallKeeper {
    private let tools: FirewallTools
    private let plan: ChainPlan

    private var session: ToolProcess?
    private var waiting: [RuleInsertion] = []
    private var inFlight: (number: UInt64, batch: [RuleInsertion], deadline: Int64)?
    private var lastNumber: UInt64 = 0

    private var jobs: [FirewallJob] = []
    private var running: (job: FirewallJob, tool: ToolProcess, deadline: Int64)?
    private var doubted: [RuleInsertion] = []
    private var doomed: [GrantRule] = []
    /// Rules that the kernel has, as far as we know.
    private var standing: Set<GrantRule> = []
    /// Whether rules came since the jump was looked at, and when that was, on the boot clock.
    private var jumpIsDoubted = false
    private var jumpSeen: Int64 = -FirewallKeeper.jumpPause

    /// Tools that were killed and wait to be reaped.
    private var dying: [ToolProcess] = []

    private static let batchLimit = 64
    private static let sessionPatience: Int64 = 2_000_000_000
    private static let toolPatience: Int64 = 12_000_000_000
    /// Shortest time between two looks at the jump: a burst of knocks costs one.
    private static let jumpPause: Int64 = 1_000_000_000

    init(tools: FirewallTools, plan: ChainPlan) { (self.tools, self.plan) = (tools, plan) }

    // MARK: orders

    func insert(_ insertion: RuleInsertion) { waiting.append(insertion) }

    /// Makes sure that a rule stands which was added before; answered like an insertion.
    func confirm(_ insertion: RuleInsertion) { doubted.append(insertion) }

    func delete(_ rule: GrantRule) { doomed.append(rule) }

    // MARK: the loop's side

    /// Adds what to wait for.
    func register(in poller: inout Poller) {
        for tool in [session, running?.tool].compactMap({ $0 }) {
            let (output, errors) = tool.pollable
            poller.add(output, .readable)
            poller.add(errors, .readable)
        }
    }

    /// When to look again at the latest, on the boot clock; nil when only an event can change anything.
    var nextLook: Int64? {
        [inFlight?.deadline, running?.deadline, jumpIsDoubted && running == nil ? jumpCheckDue : nil]
            .compactMap { $0 }.min()
    }

    private var jumpCheckDue: Int64 { jumpSeen + FirewallKeeper.jumpPause }

    /// Goes on as far as possible. `moment` is the boot clock's.
    func advance(at moment: Int64) -> [FirewallOutcome] {
        var outcomes: [FirewallOutcome] = []
        dying.removeAll {
            $0.pump()
            return $0.end != nil
        }
        advanceSession(at: moment, &outcomes)
        advanceJobs(at: moment, &outcomes)
        // A job may have left work for the session.
        advanceSession(at: moment, &outcomes)
        return outcomes
    }

    // MARK: session lane

    private func advanceSession(at moment: Int64, _ outcomes: inout [FirewallOutcome]) {
        if let session {
            session.pump()
            collectAcknowledgement(&outcomes)
            if session.end != nil {
                loseSession("the session of the firewall tool ended, \(session.failure)", &outcomes)
            } else if let flight = inFlight, flight.deadline <= moment {
                session.kill()
                dying.append(session)
                loseSession("the firewall tool did not answer for 2 seconds", &outcomes)
            }
        }
        guard inFlight == nil, !waiting.isEmpty else { return }
        let batch = Array(waiting.prefix(FirewallKeeper.batchLimit))
        waiting.removeFirst(batch.count)
        if session == nil { openSession() }
        var script = RestoreScript()
        for insertion in batch { script.append(insertion.rule, to: plan.chain) }
        lastNumber += 1
        if session?.write(script.text(acknowledgement: lastNumber)) == true {
            inFlight = (lastNumber, batch, moment + FirewallKeeper.sessionPatience)
        } else {
            jobs.insert(.insert(batch, isRetry: false), at: 0)
        }
    }

    private func collectAcknowledgement(_ outcomes: inout [FirewallOutcome]) {
        guard let flight = inFlight, let session else {
            _ = session?.takePrinted()
            return
        }
        let text = String(decoding: session.printed, as: UTF8.self)
        let wanted = RestoreScript.acknowledgement(flight.number)
        guard
            text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().contains(
                Substring(wanted))
        else { return }
        _ = session.takePrinted()
        inFlight = nil
        succeed(flight.batch, &outcomes)
    }

    private func loseSession(_ reason: String, _ outcomes: inout [FirewallOutcome]) {
        session = nil
        guard let flight = inFlight else { return }
        inFlight = nil
        outcomes.append(.trouble(reason))
        jobs.insert(.insert(flight.batch, isRetry: false), at: 0)
        // Its last script may have taken force all the same, and then there are rules twice.
        jobs.append(.mend(retry: []))
    }

    private func openSession() {
        do throws(SystemError) { session = try tools.session() } catch { session = nil }
    }

    private func succeed(_ batch: [RuleInsertion], _ outcomes: inout [FirewallOutcome]) {
        for insertion in batch {
            standing.insert(insertion.rule)
            outcomes.append(.inserted(token: insertion.token))
        }
        jumpIsDoubted = true
    }

    // MARK: job lane

    private func advanceJobs(at moment: Int64, _ outcomes: inout [FirewallOutcome]) {
        if let (job, tool, deadline) = running {
            tool.pump()
            if tool.end == nil, deadline <= moment {
                tool.kill()
                dying.append(tool)
                running = nil
                failed(job, "the firewall tool did not end within 12 seconds", &outcomes)
            } else if tool.end != nil {
                running = nil
                ended(job, tool, &outcomes)
            }
        }
        while running == nil, let job = nextJob(at: moment) { start(job, at: moment, &outcomes) }
    }

    private func nextJob(at moment: Int64) -> FirewallJob? {
        if !jobs.isEmpty { return jobs.removeFirst() }
        if !doubted.isEmpty {
            defer { doubted = [] }
            return .confirm(doubted)
        }
        if jumpIsDoubted, jumpCheckDue <= moment {
            jumpIsDoubted = false
            jumpSeen = moment
            return .verifyJump
        }
        guard !doomed.isEmpty else { return nil }
        defer { doomed = [] }
        return .delete(doomed)
    }

    private func start(_ job: FirewallJob, at moment: Int64, _ outcomes: inout [FirewallOutcome]) {
        var script = RestoreScript()
        switch job {
        case .insert(let batch, _): for insertion in batch { script.append(insertion.rule, to: plan.chain) }
        case .delete(let rules): for rule in rules { script.delete(rule, from: plan.chain) }
        case .apply(let made, _): script = made
        case .mend, .confirm, .verifyJump: break
        }
        do throws(SystemError) {
            let tool =
                switch job {
                case .mend, .confirm: try tools.listing()
                case .verifyJump: try tools.jumpCheck(from: plan.parent, to: plan.chain)
                case .insert, .delete, .apply: try tools.oneShot(script.text())
                }
            running = (job, tool, moment + FirewallKeeper.toolPatience)
        } catch {
            failed(job, "\(error)", &outcomes)
        }
    }

    private func ended(_ job: FirewallJob, _ tool: ToolProcess, _ outcomes: inout [FirewallOutcome]) {
        guard tool.succeeded else { return failed(job, tool.failure, &outcomes) }
        switch job {
        case .insert(let batch, _): succeed(batch, &outcomes)
        case .delete(let rules):
            standing.subtract(rules)
            outcomes.append(.deleted(rules))
        case .confirm(let doubted):
            let table = TableListing(parsing: String(decoding: tool.takePrinted(), as: UTF8.self))
            let present = plan.rules(in: table)
            jumpIsDoubted = true
            for insertion in doubted {
                if present.contains(insertion.rule.arguments) {
                    outcomes.append(.inserted(token: insertion.token))
                } else {
                    standing.remove(insertion.rule)
                    waiting.append(insertion)
                }
            }
        case .mend(let retry):
            let table = TableListing(parsing: String(decoding: tool.takePrinted(), as: UTF8.self))
            var script = plan.repair(table)
            if !script.isEmpty {
                outcomes.append(.notice("chain \(plan.chain) or its jump was gone: made again"))
            }
            // A rule may be in the kernel before its acknowledgement is here.
            let arriving = inFlight?.batch.map(\.rule) ?? []
            _ = plan.sweep(table, keeping: standing.union(arriving), into: &script)
            if script.isEmpty { again(retry) } else { jobs.insert(.apply(script, retry: retry), at: 0) }
        case .apply(_, let retry): again(retry)
        case .verifyJump: break
        }
    }

    private func failed(_ job: FirewallJob, _ reason: String, _ outcomes: inout [FirewallOutcome]) {
        switch job {
        case .insert(let batch, isRetry: false):
            outcomes.append(.trouble("adding rules failed (\(reason)); looking after the chain"))
            jobs.insert(.mend(retry: batch), at: 0)
        case .insert(let batch, isRetry: true) where batch.count > 1:
            // One bad rule must not take the others with it.
            jobs.insert(contentsOf: batch.map { .insert([$0], isRetry: true) }, at: 0)
        case .insert(let batch, isRetry: true):
            for insertion in batch { outcomes.append(.failed(token: insertion.token, reason: reason)) }
        case .delete(let rules):
            // Somebody else may have removed one of them, and one missing rule fails them all.
            standing.subtract(rules)
            outcomes.append(.deleted(rules))
            jobs.insert(.mend(retry: []), at: 0)
        case .verifyJump: jobs.insert(.mend(retry: []), at: 0)
        case .confirm(let doubted):
            for insertion in doubted { outcomes.append(.failed(token: insertion.token, reason: reason)) }
        case .mend(let retry), .apply(_, let retry):
            outcomes.append(.trouble("looking after chain \(plan.chain) failed: \(reason)"))
            again(retry)
        }
    }

    private func again(_ retry: [RuleInsertion]) {
        if !retry.isEmpty { jobs.insert(.insert(retry, isRetry: true), at: 0) }
    }
}

// MARK: start and end, where waiting is allowed

extension FirewallKeeper {
    /// Why the firewall could not be brought in order.
    struct Failure: Error { let reason: String }

    /// Brings chain and jump in order and, with `flush`, removes the grants of an earlier life. Returns the table.
    func prepare(flush: Bool) throws(Failure) -> (table: TableListing, removed: Int) {
        let table = try list()
        var script = plan.repair(table)
        let removed = flush ? plan.sweep(table, keeping: [], into: &script) : 0
        if !script.isEmpty { try run(script) }
        openSession()
        return (table, removed)
    }

    /// The table as it stands.
    func look() throws(Failure) -> TableListing { try list() }

    /// Takes everything of ours away. Returns how many rules of others kept the chain in place.
    func remove() throws(Failure) -> Int {
        session?.kill()
        running?.tool.kill()
        let (script, foreign) = plan.removal(try list())
        if !script.isEmpty { try run(script) }
        return foreign
    }

    private func list() throws(Failure) -> TableListing {
        TableListing(
            parsing: String(
                decoding: try finish { () throws(SystemError) in try self.tools.listing() }, as: UTF8.self))
    }

    private func run(_ script: RestoreScript) throws(Failure) {
        _ = try finish { () throws(SystemError) in try self.tools.oneShot(script.text()) }
    }

    private func finish(_ start: () throws(SystemError) -> ToolProcess) throws(Failure) -> [UInt8] {
        let tool: ToolProcess
        do throws(SystemError) { tool = try start() } catch { throw Failure(reason: "\(error)") }
        let deadline = BootClock.now() + FirewallKeeper.toolPatience
        var poller = Poller()
        while tool.end == nil {
            guard BootClock.now() < deadline else {
                tool.kill()
                dying.append(tool)
                throw Failure(reason: "the firewall tool did not end within 12 seconds")
            }
            poller.removeAll()
            poller.add(tool.pollable.output, .readable)
            poller.add(tool.pollable.errors, .readable)
            // Between the end of its output and its end there is no event to wait for.
            do throws(SystemError) { try poller.wait(milliseconds: tool.pollable.output < 0 ? 1 : 50) } catch
            {}
            tool.pump()
        }
        guard tool.succeeded else { throw Failure(reason: tool.failure) }
        return tool.takePrinted()
    }
}
