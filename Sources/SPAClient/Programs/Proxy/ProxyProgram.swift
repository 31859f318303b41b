internal import SPAConfig
internal import SPANet
internal import SPASystem

/// The program `spa-proxy`: standard output is the connection's, every word of ours goes to standard error.
package enum ProxyProgram {
    /// Runs with the process's arguments; never returns.
    package static func main() -> Never {
        let missing = CurrentProcess.missingStandardStream
        CurrentProcess.fillStandardStreams()
        InheritedStreams.keepErrorsFromPeer()
        SignalPolicy.ignoreBrokenPipe()
        var subject = ""
        do throws(ClientFailure) {
            try Caller.takeConnection()
            let options = try ProxyOptions(CurrentProcess.arguments)
            switch options.action {
            case .showHelp: StandardOutput.write(ProxyHelp.text)
            case .showVersion: StandardOutput.write("spa-proxy \(Version.string)\n")
            case .connect(let target):
                subject = "\(target.host): "
                // Before anything is sent: nobody could use the connection. What is handed over has a check of its own.
                if let missing, !options.passesDescriptor {
                    throw ClientFailure(
                        .streamMissing, "\(missing) is not open; for none at all connect it to /dev/null")
                }
                try connect(target, options)
            }
        } catch {
            StandardError.write("spa-proxy: \(subject)\(error)\n")
            CurrentProcess.exitNow(error.status.rawValue)
        }
        CurrentProcess.exitNow(ClientStatus.success.rawValue)
    }

    private static func connect(_ target: ProxyTarget, _ options: ProxyOptions) throws(ClientFailure) {
        let start = MonotonicClock.now()
        if options.passesDescriptor { try ConnectionHandover.check() }
        let rc = try RCFile.read(option: options.rcFile)
        let plan = try ProxyPlan(rc.value, file: rc.file, target: target, options: options)
        let seconds = plan.stanza.connectTimeout
        let deadline = start + Int64(seconds) * 1_000_000_000
        let report = Report(level: plan.stanza.verbosity, start: start)
        for warning in rc.warnings { report.say(1, warning.description) }
        let (sender, endpoints) = try prepare(target, plan, deadline: deadline)
        let address = try address(for: sender, plan, deadline: deadline, report)
        let schedule = ConnectSchedule(for: plan.stanza.serverKind)
        var race = ConnectRace(endpoints, schedule: schedule, deadline: deadline, companion: address) {
            () throws(ClientFailure) in
            try sender.knock(allowing: address.asked)
            report.say(1, "knock sent to \(list(sender.servers)) for \(list(address.asked))")
        }
        guard let socket = try race.run() else {
            throw ConnectEvidence.failure(
                race.evidence, port: target.port,
                server: list(sender.servers), seconds: seconds)
        }
        report.say(1, "connected")
        address.opened()
        if options.passesDescriptor {
            try ConnectionHandover.pass(socket)
            report.say(1, "handed over")
        } else {
            try carry(socket, report)
        }
    }

    private static func list(_ items: [some CustomStringConvertible]) -> String {
        items.map(\.description).joined(separator: ", ")
    }

    /// The address to ask for, known well enough for a first knock.
    private static func address(
        for sender: KnockSender, _ plan: ProxyPlan, deadline: Int64, _ report: Report
    ) throws(ClientFailure) -> AddressWatch {
        guard let first = sender.servers.first else {
            throw ClientFailure(.lookup, "the server has no address")
        }
        let watch = try AddressWatch(plan.stanza, server: first) { report.say(1, "address: \($0)") }
        try watch.settle(deadline: deadline)
        report.say(1, "asks for \(list(plan.services)) from \(list(watch.asked))")
        return watch
    }

    /// Looks up the names, under an alarm, because the resolver cannot be waited for otherwise.
    private static func prepare(
        _ target: ProxyTarget, _ plan: ProxyPlan, deadline: Int64
    ) throws(ClientFailure) -> (KnockSender, [InternetEndpoint]) {
        let stanza = plan.stanza
        guard let keys = stanza.keys else {
            throw ClientFailure(.configuration, "its stanza has no key; add KEY_BASE64 and HMAC_KEY_BASE64")
        }
        guard let server = stanza.server.map({ HostName($0) }) ?? target.host else {
            throw ClientFailure(.configuration, "SPA_SERVER of its stanza is no host name")
        }
        try LookupAlarm.arm(
            program: "spa-proxy", subject: target.host.text, deadline: deadline,
            seconds: stanza.connectTimeout)
        let endpoints = try HostLookup.addresses(target.host, port: target.port)
        let servers =
            server == target.host
            ? endpoints.map { InternetEndpoint($0.address, port: stanza.serverPort, scope: $0.scope) }
            : try HostLookup.addresses(server, port: stanza.serverPort)
        LookupAlarm.disarm()
        let recipe = KnockRecipe(stanza, services: plan.services, user: LoginName.choose(stanza), keys: keys)
        return (KnockSender(recipe: recipe, servers: servers), endpoints)
    }

    /// Carries bytes to the end of the connection; ends the program itself where a signal asks for it.
    private static func carry(_ socket: consuming InternetSocket, _ report: Report) throws(ClientFailure) {
        socket.tuneForInteraction()
        let end: PumpEnd
        do throws(SystemError) {
            let streams = StandardStreams(
                input: FileDescriptor(owning: 0), output: FileDescriptor(owning: 1))
            // ssh is in the terminal's process group, and Ctrl-C is not meant for the connection it keeps open.
            if streams.arePipes {
                CurrentProcess.leaveSession()
                // A connection that stays in the background must not keep open what somebody reads to its end.
                if report.level == 0, !streams.areOneConnection { InheritedStreams.dropErrors() }
            }
            streams.tuneForInteraction()
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
