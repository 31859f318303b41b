internal import SPAChannel
internal import SPAConfig
internal import SPAPolicy
internal import SPAWorkerSettings

/// The configuration in force, and the way of a new one to its place: first to the helper, which then knows old and new
/// limits, then to the worker, then the helper forgets the old ones. So no knock meets a gap.
struct ConfigurationDesk {
    /// Without their keys: those are the worker's alone once it has them.
    private(set) var settings: ServerSettings
    private(set) var rules: [StanzaRules] = []
    private var generation: UInt16 = 1
    private var reload: Reload?
    private let command: ServerCommand
    private let control: ControlDesk

    private struct Reload {
        enum Stage { case helper, worker }

        let configuration: ServerConfiguration
        let generation: UInt16
        var stage = Stage.helper
        /// Whether somebody waits at the control socket for the outcome.
        let hasCaller: Bool
    }

    init(_ settings: ServerSettings, command: ServerCommand, control: ControlDesk) {
        (self.settings, self.command, self.control) = (settings, command, control)
    }

    /// Tells the children the first configuration.
    mutating func start(_ configuration: ServerConfiguration, _ children: Children) {
        rules = configuration.stanzas.map(\.rules)
        sendToHelper(configuration, generation, children)
        sendToWorker(configuration, generation, children)
    }

    /// REQUIRE_USERNAME of a stanza.
    func requiredUser(_ stanza: UInt16) -> String? {
        rules.first { $0.number == stanza }?.requiredUser.map {
            LogBook.printable(String(decoding: $0, as: UTF8.self))
        }
    }

    // MARK: requests

    /// A bare SIGHUP: works only where the unprivileged supervisor may read the files.
    ///
    /// - Parameter children: nil as long as the start is going on.
    mutating func hangUp(_ children: Children?, log: inout EventDesk) {
        log.say("Got SIGHUP. Re-reading configs.")
        do throws(ConfigurationFailure) {
            let (_, next) = try ServerConfiguration.read(command)
            begin(next, children, hasCaller: false, log: &log)
        } catch {
            for line in error.lines { log.say("error: \(line)") }
            log.say("The old configuration stays in force; where the files are root's alone, use: spad -R")
        }
    }

    /// Takes a request of `spad -R`, if there is one.
    ///
    /// - Parameter children: nil as long as the start is going on.
    mutating func serveControl(_ children: Children?, log: inout EventDesk) {
        guard let text = control.next() else { return }
        do throws(ConfigurationFailure) {
            begin(try ServerConfiguration(text, command.overrides), children, hasCaller: true, log: &log)
        } catch {
            refuse(error.lines, hasCaller: true, log: &log)
        }
    }

    private mutating func begin(
        _ next: ServerConfiguration, _ children: Children?, hasCaller: Bool, log: inout EventDesk
    ) {
        let fixed = ChildSettings.unchangeable(settings, next.settings)
        guard fixed.isEmpty else {
            next.eraseKeys()
            return refuse(
                ["a reload cannot change \(fixed.joined(separator: ", ")): restart spad for that"],
                hasCaller: hasCaller, log: &log)
        }
        guard let children, reload == nil else {
            next.eraseKeys()
            return refuse(
                ["a reload or the start is still going on: try again"], hasCaller: hasCaller, log: &log)
        }
        let number = generation &+ 1
        reload = Reload(configuration: next, generation: number, hasCaller: hasCaller)
        for line in next.warnings { log.say("warning: \(line)") }
        sendToHelper(next, number, children)
    }

    private func refuse(_ lines: [String], hasCaller: Bool, log: inout EventDesk) {
        for line in lines { log.say("error: \(line)") }
        log.say("The old configuration stays in force")
        if hasCaller { control.answer(ReloadAnswer(isGood: false, text: lines.joined(separator: "\n"))) }
    }

    // MARK: steps

    private func sendToHelper(
        _ configuration: ServerConfiguration, _ generation: UInt16, _ children: Children
    ) {
        for order in ChildSettings.helperOrders(configuration, generation: generation) {
            children.helperOutbox.send(order.encoded)
        }
    }

    /// With the keys, which are gone from here then.
    private func sendToWorker(
        _ configuration: ServerConfiguration, _ generation: UInt16, _ children: Children
    ) {
        for order in ChildSettings.workerOrders(configuration, generation: generation) {
            children.workerOutbox.send(order.encoded)
        }
        configuration.eraseKeys()
    }

    /// The helper holds these limits; false when nobody sent it any.
    mutating func helperHas(_ arrived: UInt16, _ children: Children) -> Bool {
        guard var going = reload, going.stage == .helper, going.generation == arrived else { return false }
        going.stage = .worker
        reload = going
        sendToWorker(going.configuration, arrived, children)
        return true
    }

    /// The worker goes by these rules; false when nobody sent it any.
    mutating func workerHas(_ arrived: UInt16, _ children: Children, log: inout EventDesk) -> Bool {
        if arrived == generation { return true }
        guard let done = reload, done.stage == .worker, done.generation == arrived else { return false }
        children.helperOutbox.send(HelperOrder.retire(generation: generation).encoded)
        settings = done.configuration.settings
        rules = done.configuration.stanzas.map(\.rules)
        generation = done.generation
        reload = nil
        let line = "Reloaded: \(rules.count) stanza(s) in force"
        log.say(line)
        if done.hasCaller {
            let warnings = done.configuration.warnings.map { "warning: \($0)" }
            control.answer(ReloadAnswer(isGood: true, text: (warnings + [line]).joined(separator: "\n")))
        }
        return true
    }
}
