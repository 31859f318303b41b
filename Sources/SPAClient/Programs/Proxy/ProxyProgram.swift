internal import SPAConfig
internal import SPAKeys
internal import SPANet
internal import SPASystem

/// The program `spa-proxy`: standard output is the connection's, every word of ours goes to standard error.
package enum ProxyProgram {
    /// Runs with the process's arguments; never returns.
    package static func main() -> Never {
        CurrentProcess.fillStandardStreams()
        SignalPolicy.ignoreBrokenPipe()
        var subject = ""
        var report = Report(level: 0, start: MonotonicClock.now())
        do throws(ClientFailure) {
            let options = try ProxyOptions(CurrentProcess.arguments)
            report.level = options.verbosity
            switch options.action {
            case .showHelp: StandardOutput.write(ProxyHelp.text)
            case .showVersion: StandardOutput.write("spa-proxy \(Version.string)\n")
            case .canHandle(let host):
                CurrentProcess.exitNow(StanzaQuestion.answer(host, options).rawValue)
            case .connect(let target):
                subject = "\(target.host): "
                try openLog(options, target, &report)
                try connect(target, options, &report)
            case .explain(let target):
                subject = "\(target.host): "
                try openLog(options, target, &report)
                try explain(target, options, &report)
            }
        } catch {
            report.log?.write(error.description)
            StandardError.write("spa-proxy: \(subject)\(error)\n")
            CurrentProcess.exitNow(error.status.rawValue)
        }
        CurrentProcess.exitNow(ClientStatus.success.rawValue)
    }

    private static func openLog(
        _ options: ProxyOptions, _ target: ProxyTarget, _ report: inout Report
    ) throws(ClientFailure) {
        if let path = options.logFile { report.log = try LogFile(path, subject: target.host.text) }
    }

    private static func connect(
        _ target: ProxyTarget, _ options: ProxyOptions, _ report: inout Report
    ) throws(ClientFailure) {
        let socket = try open(target, options, LoginFacts(target), &report)
        try carry(socket, report)
    }

    /// A login up to the connection, which is closed at once, and what there is to say about it.
    private static func explain(
        _ target: ProxyTarget, _ options: ProxyOptions, _ report: inout Report
    ) throws(ClientFailure) {
        report.explains = true
        let facts = LoginFacts(target)
        StandardOutput.write(
            "One login to \(target.host), port \(target.port), that ends when it is connected; nothing is carried.\n"
        )
        do throws(ClientFailure) {
            let socket = try open(target, options, facts, &report)
            _ = consume socket
            StandardOutput.write(Explanation.success(facts))
        } catch {
            report.log?.write(error.description)
            Explanation.print(error, facts, report)
            CurrentProcess.exitNow(error.status.rawValue)
        }
    }

    /// All of a login up to the connection.
    private static func open(
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
        var notice = WaitNotice(
            subject: target.host.text, start: start,
            isWanted: report.level == 0 && !report.explains && StandardError.isTerminal)
        let told = report
        var race = ConnectRace(
            endpoints, deadline: deadline,
            observe: { observation in
                LoginReport.note(observation, facts, told)
                if case .waiting = observation,
                    let line = notice.line(now: MonotonicClock.now(), knocks: facts.knocks)
                {
                    StandardError.write(line)
                }
            },
            knock: { () throws(ClientFailure) in
                let bytes = try sender.knock()
                facts.noteKnock()
                let servers = sender.servers.map(\.description).joined(separator: ", ")
                told.say(1, "knock \(facts.knocks) sent to \(servers) by udp, \(bytes) bytes")
            })
        guard let socket = try race.run() else {
            facts.conclusions = race.evidence.map(\.conclusion)
            throw ConnectEvidence.failure(
                race.evidence, port: target.port,
                server: sender.servers.map(\.description).joined(separator: ", "), seconds: seconds)
        }
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

    /// Everything that may wait for a resolver, under an alarm: the names, and our address.
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
        let endpoints = try HostLookup.addresses(target.host, port: target.port)
        let servers =
            server == target.host
            ? endpoints.map { InternetEndpoint($0.address, port: stanza.serverPort, scope: $0.scope) }
            : try HostLookup.addresses(server, port: stanza.serverPort)
        guard let first = servers.first else {
            throw ClientFailure(.lookup, "\(server) has no address; check name and network")
        }
        facts.server = first
        LoginReport.lookedUp(target.host, endpoints, server, servers, report)
        let allow = try AddressFinder.address(stanza, server: first, deadline: deadline)
        LookupAlarm.disarm()
        facts.allow = allow
        LoginReport.asksFor(plan, allow, server: first, report)
        let recipe = KnockRecipe(stanza, services: plan.services, user: LoginName.choose(stanza), keys: keys)
        return (KnockSender(recipe: recipe, allow: allow, servers: servers), endpoints)
    }

    /// Carries bytes to the end of the connection; ends the program itself where a signal asks for it.
    private static func carry(_ socket: consuming InternetSocket, _ report: Report) throws(ClientFailure) {
        socket.tuneForInteraction()
        let end: PumpEnd
        do throws(SystemError) {
            let streams = StandardStreams(
                input: FileDescriptor(owning: 0), output: FileDescriptor(owning: 1))
            // ssh is in the terminal's process group, and Ctrl-C is not meant for the connection it keeps open.
            if streams.arePipes { CurrentProcess.leaveSession() }
            let signals = try SignalDescriptor([.hangUp, .interrupt, .terminate])
            var pump = Pump(streams, socket: socket)
            end = pump.run(signals: signals)
        } catch {
            throw ClientFailure(.other, "\(error)")
        }
        switch end {
        case .finished: report.say(1, "finished")
        case .lost(let reason): throw ClientFailure(.other, "the connection was lost: \(reason)")
        case .signal(let signal): CurrentProcess.exitNow(128 + signal.rawValue)
        }
    }
}
