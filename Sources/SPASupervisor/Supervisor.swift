internal import SPAConfig
internal import SPAPrivilege
internal import SPASystem

// The first process of the server: reads the configuration as root, starts helper and worker, gives up everything, waits.

/// The program `spad`.
package enum Supervisor {
    /// The exit status.
    package static func run() -> Int32 {
        CurrentProcess.fillStandardStreams()
        CurrentProcess.closeInheritedDescriptors()
        SignalPolicy.ignoreBrokenPipe()
        SignalPolicy.keepEndedChildren()
        do throws(PrivilegeError) {
            try PrivilegeDrop.protectMemory()
        } catch {
            StandardError.write("spad: \(error)\n")
            return 1
        }
        let command: ServerCommand
        do throws(CommandError) {
            command = try ServerCommand(CurrentProcess.arguments)
        } catch {
            StandardError.write("spad: \(error)\n")
            return 1
        }
        switch command.mode {
        case .help:
            StandardOutput.write(ServerCommand.help)
            return 0
        case .version:
            StandardOutput.write("spad \(Version.string), fwknop protocol 3.0.0\n")
            return 0
        case .reload: return ReloadCommand.run(command)
        case .checkConfiguration, .dumpConfiguration, .serve: break
        }
        let configuration: ServerConfiguration
        let places: SettingPlaces
        do throws(ConfigurationFailure) {
            let (text, read) = try ServerConfiguration.read(command)
            configuration = read
            places = SettingPlaces(text, command)
            if command.mode == .checkConfiguration {
                _ = try FilterCompiler.program(read.settings, place: places.filter, user: nil)
            }
        } catch {
            StandardError.write(error.lines.map { $0 + "\n" }.joined())
            return 1
        }
        switch command.mode {
        case .checkConfiguration:
            StandardError.write(configuration.warnings.map { "warning: \($0)\n" }.joined())
            StandardError.write("Configs parsed, exiting.\n")
            return 0
        case .dumpConfiguration:
            StandardOutput.write(ServerDump.text(configuration.settings, configuration.stanzas))
            return 0
        default: return serve(command, configuration, places)
        }
    }

    private static func serve(
        _ command: ServerCommand, _ configuration: consuming ServerConfiguration, _ places: SettingPlaces
    ) -> Int32 {
        guard CurrentProcess.effectiveUser == 0 else {
            StandardError.write("spad: must be started as root, which it gives up before it is ready\n")
            return 1
        }
        do throws(StartFailure) {
            StandardError.write("Starting spad \(Version.string)\n")
            let accounts = try Accounts(configuration.settings)
            let filter = try filter(configuration.settings, places, accounts)
            let signals: SignalDescriptor
            do throws(SystemError) {
                signals = try SignalDescriptor([.terminate, .interrupt, .hangUp, .child, .user1, .user2])
            } catch {
                throw StartFailure("\(error)")
            }
            let instance = try Instance(configuration.settings)
            let loop = SupervisorLoop(
                command: command, settings: configuration.settings, filter: filter, places: places,
                instance: instance, accounts: accounts, signals: signals, manager: ServiceManager())
            return try loop.run(configuration)
        } catch {
            StandardError.write("error: \(error)\n")
            return 1
        }
    }

    private static func filter(
        _ settings: ServerSettings, _ places: SettingPlaces, _ accounts: Accounts
    ) throws(StartFailure) -> [UInt8] {
        do throws(ConfigurationFailure) {
            return try FilterCompiler.program(settings, place: places.filter, user: accounts.supervisor.user)
        } catch {
            throw StartFailure(error.lines.joined(separator: "; "))
        }
    }
}

/// Where settings stand that may prove wrong only once they are used.
struct SettingPlaces: Sendable {
    /// PCAP_FILTER: `file:line`.
    let filter: String
    /// PCAP_INTF, with its name, or the option that counts instead.
    let interface: String

    init(_ text: ConfigurationText, _ command: ServerCommand) {
        filter = text.place(of: "PCAP_FILTER")
        interface = command.overrides.interface == nil ? text.place(of: "PCAP_INTF") + ": PCAP_INTF" : "-i"
    }
}
