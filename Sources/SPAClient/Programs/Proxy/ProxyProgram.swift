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
        SignalPolicy.keepEndedChildren()
        var subject = ""
        var report = Report(level: 0, start: MonotonicClock.now())
        do throws(ClientFailure) {
            try Caller.takeConnection()
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
                try check(missing, options)
                try connect(target, options, &report)
            case .explain(let target):
                subject = "\(target.host): "
                try openLog(options, target, &report)
                explain(target, options, &report)
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

    /// Before anything is sent: is there somebody to use the connection? `missing` names a standard stream that is not open.
    private static func check(_ missing: String?, _ options: ProxyOptions) throws(ClientFailure) {
        // Standard output alone is used then, and in both directions.
        if options.passesDescriptor { return try ConnectionHandover.check() }
        guard let missing else { return }
        throw ClientFailure(
            .streamMissing, "\(missing) is not open; for none at all connect it to /dev/null")
    }

    private static func connect(
        _ target: ProxyTarget, _ options: ProxyOptions, _ report: inout Report
    ) throws(ClientFailure) {
        let socket = try Login.open(target, options, LoginFacts(target), &report)
        if options.passesDescriptor {
            try ConnectionHandover.pass(socket)
            report.say(1, "handed over")
        } else {
            try ConnectionCarrier.carry(socket, report)
        }
    }

    /// A login up to the connection, which is closed at once, and what there is to say about it.
    private static func explain(_ target: ProxyTarget, _ options: ProxyOptions, _ report: inout Report) {
        report.explains = true
        let facts = LoginFacts(target)
        StandardOutput.write(
            "One login to \(target.host), port \(target.port), that ends when it is connected; nothing is carried.\n"
        )
        do throws(ClientFailure) {
            let socket = try Login.open(target, options, facts, &report)
            _ = consume socket
            StandardOutput.write(Explanation.success(facts))
        } catch {
            report.log?.write(error.description)
            Explanation.print(error, facts, report)
            CurrentProcess.exitNow(error.status.rawValue)
        }
    }
}
