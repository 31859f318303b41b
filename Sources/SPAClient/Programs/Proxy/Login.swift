internal import SPAConfig
internal import SPAKeys
internal import SPASystem

/// All of a login up to the connection: plan, keys, names, address, knocks.
enum Login {
    /// The connection. What happens is told to `report`, and kept in `facts` for who explains it.
    static func open(
        _ target: ProxyTarget, _ options: ProxyOptions, _ facts: LoginFacts, _ report: inout Report
    ) throws(ClientFailure) -> InternetSocket {
        let plan = try plan(target, options, &report)
        facts.plan = plan
        // A person may be asked, who takes his time; the deadline is for what comes behind.
        let obtained = try KeyEntry.obtain(plan.stanza, options.keyWish)
        defer { obtained.keys.erase() }
        facts.hasHMAC = obtained.keys.hmac != nil
        report.say(1, obtained.origin)
        let seconds = plan.stanza.connectTimeout
        let start = MonotonicClock.now()
        let deadline = start + Int64(seconds) * 1_000_000_000
        let teller = WaitTeller(
            WaitNotice(
                subject: target.host.text, start: start,
                isWanted: report.level == 0 && !report.explains && StandardError.isTerminal))
        let recipe = KnockRecipe(
            plan.stanza, services: plan.services, user: LoginName.choose(plan.stanza), keys: obtained.keys)
        let approach = try Approach(target, plan, recipe, facts, report)
        // While others look up names: a first packet takes libcrypto a millisecond or two.
        if case .name = try approach.obstacle() { recipe.warmUp() }
        try prepare(approach, deadline: deadline, teller)
        let told = report
        var race = ConnectRace(
            schedule: ConnectSchedule(for: plan.stanza.serverKind), deadline: deadline, companion: approach,
            observe: { observation in
                LoginReport.note(observation, facts, told)
                if case .waiting = observation { teller.tell(.door(knocks: facts.knocks)) }
            })
        guard let socket = try race.run() else {
            facts.conclusions = race.evidence.map(\.conclusion)
            if let failure = approach.undelivered() { throw failure }
            throw ConnectEvidence.failure(
                race.evidence, port: target.port,
                server: LoginReport.list(approach.servers), carriers: facts.carriers, seconds: seconds)
        }
        if let own = try? socket.localEndpoint() { approach.opened(over: own.address.family) }
        return socket
    }

    /// The stanza and what it means; the rest of the rc file, keys and all, is gone when this returns.
    private static func plan(
        _ target: ProxyTarget, _ options: ProxyOptions, _ report: inout Report
    ) throws(ClientFailure) -> ProxyPlan {
        let rc = try RCFile.read(option: options.rcFile)
        let plan = try ProxyPlan(rc.value, file: rc.file, target: target, options: options)
        report.level = plan.stanza.verbosity
        report.say(1, "rc file \(rc.file), stanza [\(plan.stanza.name ?? "default")]")
        for warning in rc.warnings + plan.warnings { report.say(1, warning.description) }
        return plan
    }

    /// Returns once there is something to knock with.
    private static func prepare(
        _ approach: Approach, deadline: Int64, _ teller: WaitTeller
    ) throws(ClientFailure) {
        var poller = Poller()
        while let obstacle = try approach.obstacle() {
            if MonotonicClock.now() >= deadline { throw approach.tooLate(obstacle) }
            teller.tell(WaitPhase(obstacle))
            poller.removeAll()
            approach.wait(in: &poller)
            let wake = min(deadline, approach.due ?? deadline, teller.due ?? deadline)
            do throws(SystemError) {
                try poller.wait(nanoseconds: wake - MonotonicClock.now())
            } catch {
                throw ClientFailure(.other, "\(error); try again")
            }
            _ = try approach.advance()
        }
    }
}

extension WaitPhase {
    fileprivate init(_ obstacle: Approach.Obstacle) {
        switch obstacle {
        case .name(let host): self = .name(host.text)
        case .ownAddress: self = .ownAddress
        }
    }
}

/// Says the lines of a ``WaitNotice``.
private final class WaitTeller {
    private var notice: WaitNotice

    init(_ notice: WaitNotice) { self.notice = notice }

    var due: Int64? { notice.due }

    func tell(_ phase: WaitPhase) {
        if let line = notice.line(phase, now: MonotonicClock.now()) { StandardError.write(line) }
    }
}
