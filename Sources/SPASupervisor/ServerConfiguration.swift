internal import SPAConfig
internal import SPAKeys
internal import SPASecret
internal import SPASystem

/// A complete, checked configuration of the server.
struct ServerConfiguration: Sendable {
    var settings: ServerSettings
    var stanzas: [AccessStanza]
    var warnings: [String]
}

extension ServerConfiguration {
    /// Wipes all keys, whoever still holds this configuration: the worker has its own.
    func eraseKeys() {
        for stanza in stanzas {
            stanza.keys.encryption.erase()
            stanza.keys.hmac?.erase()
        }
    }
}

/// What is wrong with a configuration, a line each.
struct ConfigurationFailure: Error {
    let lines: [String]
}

/// The text of the two files, wherever it came from.
struct ConfigurationText: Sendable {
    let mainName: String, main: Secret
    let accessName: String, access: Secret
}

extension ConfigurationText {
    /// Where the main file sets `name`: `file:line`, or the file where a default counts.
    func place(of name: String) -> String {
        SettingLine.find(name, in: main.bytes).map { "\(mainName):\($0)" } ?? mainName
    }
}

extension ServerConfiguration {
    /// Judges the texts and lays the command line's overrides over them. No I/O.
    init(_ text: ConfigurationText, _ overrides: ServerCommand.Overrides) throws(ConfigurationFailure) {
        var warnings: [String] = []
        let settings = try ServerConfiguration.settings(
            text.main, text.mainName, overrides, warnings: &warnings)
        do throws(ConfigurationErrors) {
            let access = try AccessParser.parse(text.access.bytes, file: text.accessName, settings: settings)
            self.init(
                settings: settings, stanzas: access.value,
                warnings: warnings + access.warnings.map(\.description))
        } catch {
            throw ConfigurationFailure(lines: error.problems.map(\.description))
        }
    }

    /// Reads both files, whose permissions are checked on the open descriptors.
    static func read(_ command: ServerCommand) throws(ConfigurationFailure) -> (
        ConfigurationText, ServerConfiguration
    ) {
        let main = try readMain(command.configurationFile)
        var ignored: [String] = []
        let settings = try settings(main, command.configurationFile, command.overrides, warnings: &ignored)
        let access = try readKeys(settings.accessFile)
        let text = ConfigurationText(
            mainName: command.configurationFile, main: main, accessName: settings.accessFile, access: access)
        return (text, try ServerConfiguration(text, command.overrides))
    }

    private static func settings(
        _ main: Secret, _ name: String, _ overrides: ServerCommand.Overrides, warnings: inout [String]
    ) throws(ConfigurationFailure) -> ServerSettings {
        var settings: ServerSettings
        do throws(ConfigurationErrors) {
            let parsed = try ServerSettingsParser.parse(main.bytes, file: name)
            settings = parsed.value
            warnings += parsed.warnings.map(\.description)
        } catch {
            throw ConfigurationFailure(lines: error.problems.map(\.description))
        }
        if let interface = overrides.interface { settings.interface = interface }
        if let directory = overrides.runDirectory { settings.setRunDirectory(directory) }
        if let file = overrides.accessFile { settings.accessFile = file }
        settings.verbosity += overrides.verbosity
        return settings
    }

    /// The largest configuration file that is read.
    static let sizeLimit = 1 << 20

    private static func readMain(_ path: String) throws(ConfigurationFailure) -> Secret {
        let fault: String
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, [.readOnly, .nonBlocking])
            let facts = try file.facts()
            // Whoever can write it decides who comes in.
            let isTrusted = facts.owner == 0 || facts.owner == CurrentProcess.effectiveUser
            if facts.kind == .regular, isTrusted, facts.mode & 0o022 == 0 {
                var bytes = try file.readToEnd(limit: sizeLimit)
                return Secret(taking: &bytes)
            }
            if facts.kind != .regular {
                fault = "not a regular file"
            } else if !isTrusted {
                fault = "belongs to user id \(facts.owner); it must be yours or root's"
            } else {
                fault = "others than its owner can change it; run: chmod 600 \(path)"
            }
        } catch {
            fault = error.reason
        }
        throw ConfigurationFailure(lines: ["\(path): \(fault)"])
    }

    private static func readKeys(_ path: String) throws(ConfigurationFailure) -> Secret {
        do throws(SecretFileError) {
            return try SecretFile.read(path, limit: sizeLimit)
        } catch {
            throw ConfigurationFailure(lines: ["\(error)"])
        }
    }
}
