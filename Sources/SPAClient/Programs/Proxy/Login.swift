internal import SPAConfig
internal import SPAKeys
internal import SPANet
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
        let (sender, endpoints) = try prepare(target, plan, obtained.keys, deadline: deadline, facts, report)
        let address = try address(for: sender, endpoints, plan, deadline: deadline, facts, report)
        var notice = WaitNotice(
            subject: target.host.text, start: start,
            isWanted: report.level == 0 && !report.explains && StandardError.isTerminal)
        let told = report
        var race = ConnectRace(
            address.reachable(endpoints), schedule: ConnectSchedule(for: plan.stanza.serverKind),
            deadline: deadline,
            companion: address,
            observe: { observation in
                LoginReport.note(observation, facts, told)
                if case .waiting = observation,
                    let line = notice.line(now: MonotonicClock.now(), knocks: facts.knocks)
                {
                    StandardError.write(line)
                }
            },
            knock: { () throws(ClientFailure) in
                let bytes = try sender.knock(allowing: address.asked)
                facts.noteKnock()
                LoginReport.knocked(facts.knocks, sender, address.asked, bytes: bytes, told)
            })
        guard let socket = try race.run() else {
            facts.conclusions = race.evidence.map(\.conclusion)
            throw ConnectEvidence.failure(
                race.evidence, port: target.port,
                server: LoginReport.list(sender.servers), seconds: seconds)
        }
        if let own = try? socket.localEndpoint() { address.opened(over: own.address.family) }
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

    /// Looks up the names, under an alarm, because the resolver cannot be waited for otherwise.
    private static func prepare(
        _ target: ProxyTarget, _ plan: ProxyPlan, _ keys: PacketKeys, deadline: Int64, _ facts: LoginFacts,
        _ report: Report
    ) throws(ClientFailure) -> (KnockSender, [InternetEndpoint]) {
        let stanza = plan.stanza
        guard let server = stanza.server.map({ HostName($0) }) ?? target.host else {
            throw ClientFailure(.configuration, "SPA_SERVER of its stanza is no host name; mend it")
        }
        try LookupAlarm.arm(
            program: "spa-proxy", subject: target.host.text, deadline: deadline,
            seconds: stanza.connectTimeout, explains: report.explains)
        LoginReport.looksUp(target.host, server, report)
        let tells = report.level > 0 || report.explains
        let lookup = HostLookup(for: stanza.serverKind, note: tells ? { report.say(1, $0) } : nil)
        let endpoints = try lookup.addresses(target.host, port: target.port)
        let servers =
            server == target.host
            ? endpoints.map { InternetEndpoint($0.address, port: stanza.serverPort, scope: $0.scope) }
            : try lookup.addresses(server, port: stanza.serverPort)
        LookupAlarm.disarm()
        LoginReport.lookedUp(target.host, endpoints, server, servers, report)
        let recipe = KnockRecipe(stanza, services: plan.services, user: LoginName.choose(stanza), keys: keys)
        let carriers = KnockCarrier.chosen(by: stanza, server: server)
        return (KnockSender(recipe: recipe, servers: servers, carriers: carriers), endpoints)
    }

    /// The address to ask for, known well enough for a first knock.
    private static func address(
        for sender: KnockSender, _ endpoints: [InternetEndpoint], _ plan: ProxyPlan, deadline: Int64,
        _ facts: LoginFacts, _ report: Report
    ) throws(ClientFailure) -> AddressWatches {
        // The one that others can tell something about, where there is one.
        facts.server = sender.servers.first { $0.address.family == .v4 } ?? sender.servers.first
        let watches = try AddressWatches(plan.stanza, targets: endpoints, servers: sender.servers) {
            report.say(1, "address: \($0)")
        }
        facts.address = watches
        try watches.settle(deadline: deadline)
        LoginReport.asksFor(plan, watches, report)
        return watches
    }
}
