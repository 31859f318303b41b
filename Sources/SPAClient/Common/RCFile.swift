package import SPAConfig
internal import SPASecret
internal import SPASystem

/// An rc file that was read.
package struct LoadedRC: Sendable {
    package let value: ClientRC
    /// Its path.
    package let file: String
    package let warnings: [ConfigurationProblem]
}

/// Finds and reads the rc file.
package enum RCFile {
    /// Where an rc file may be, best first. `option` is from the command line and leaves no other choice.
    package static func candidates(option: String?, home: String?, configHome: String?) -> [String] {
        if let option { return [option] }
        var paths: [String] = []
        // The XDG specification has relative paths ignored.
        if let configHome, configHome.hasPrefix("/") {
            paths.append("\(configHome)/sallyport/rc")
        } else if let home {
            paths.append("\(home)/.config/sallyport/rc")
        }
        if let home { paths.append("\(home)/.fwknoprc") }
        return paths
    }

    /// The home directory: `environment` (HOME) where it is an absolute path, else the one of the password database.
    ///
    /// The database is asked only then: it may be a server's.
    package static func home(environment: String?, database: @autoclosure () -> String?) -> String? {
        if let environment, environment.hasPrefix("/") { return environment }
        return database().flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    /// The sections of the first candidate that exists; nil where none does.
    package static func readIfPresent(option: String?) throws(ClientFailure) -> LoadedRC? {
        for path in environmentCandidates(option) {
            switch Result(catching: { () throws(SecretFileError) in try SecretFile.read(path) }) {
            case .success(let secret):
                do {
                    let parsed = try ClientRCParser.parse(secret.bytes, file: path)
                    return LoadedRC(value: parsed.value, file: path, warnings: parsed.warnings)
                } catch {
                    throw failure(error)
                }
            case .failure(.system(_, let error)) where error.code == ErrorCode.notFound && option == nil:
                continue
            case .failure(let error):
                let cure = error.description.contains("; ") ? "" : "; mend it, or name another with --rc-file"
                throw ClientFailure(.configuration, error.description + cure)
            }
        }
        return nil
    }

    /// The same for a program that cannot do without.
    package static func read(option: String?) throws(ClientFailure) -> LoadedRC {
        if let found = try readIfPresent(option: option) { return found }
        let candidates = environmentCandidates(option)
        guard !candidates.isEmpty else {
            throw ClientFailure(
                .configuration,
                "nowhere to look for an rc file: HOME is not set, and user id \(CurrentProcess.user) has no home in the"
                    + " password database; set HOME, or name the file with --rc-file")
        }
        let paths = candidates.joined(separator: " nor ")
        throw ClientFailure(
            .configuration,
            "there is no rc file: neither \(paths) exists; write one, or name it with --rc-file")
    }

    /// The first problem; there is one line to say it in.
    package static func failure(_ errors: ConfigurationErrors) -> ClientFailure {
        let more = errors.problems.count - 1
        let rest = more > 0 ? " (and \(more) more)" : ""
        return ClientFailure(
            .configuration, (errors.problems.first?.description ?? "the rc file cannot be used") + rest)
    }

    private static func environmentCandidates(_ option: String?) -> [String] {
        if let option { return [option] }
        return candidates(
            option: nil,
            home: home(
                environment: CurrentProcess.environment("HOME"), database: CurrentProcess.homeDirectory),
            configHome: CurrentProcess.environment("XDG_CONFIG_HOME"))
    }
}
