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
        do throws(ConfigurationFailure) {
            configuration = try ServerConfiguration.read(command).1
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
        default: return serve(command, configuration)
        }
    }

    private static func serve(
        _ command: ServerCommand, _ configuration: consuming ServerConfiguration
    ) -> Int32 {
        guard CurrentProcess.effectiveUser == 0 else {
            StandardError.write("spad: must be started as root, which it gives up before it is ready\n")
            return 1
        }
        do throws(StartFailure) {
            StandardError.write("Starting spad \(Version.string)\n")
            let signals: SignalDescriptor
            do throws(SystemError) {
                signals = try SignalDescriptor([.terminate, .interrupt, .hangUp, .child, .user1, .user2])
            } catch {
                throw StartFailure("\(error)")
            }
            let accounts = try Accounts(configuration.settings)
            let instance = try Instance(configuration.settings)
            let loop = SupervisorLoop(
                command: command, settings: configuration.settings, instance: instance, accounts: accounts,
                signals: signals, manager: ServiceManager())
            return try loop.run(configuration)
        } catch {
            StandardError.write("error: \(error)\n")
            return 1
        }
    }
}
