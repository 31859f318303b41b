internal import SPAConfig
internal import SPASecret
internal import SPASystem

/// One run of a command that prints a key.
struct KeyCommandRun {
    /// Seconds for the command to end; there may be a passphrase to find and type.
    static let patience = 120

    private let command: KeyCommand
    private let purpose: KeyPurpose

    init(_ command: KeyCommand, _ purpose: KeyPurpose) {
        (self.command, self.purpose) = (command, purpose)
    }

    /// What to call it: `KEY_COMMAND (pass)`. Its arguments and what it prints are never shown.
    var name: String {
        let key = purpose == .hmac ? "HMAC_KEY" : "KEY"
        return "\(key)\(command.form == .base64 ? "_BASE64" : "")_COMMAND (\(command.program))"
    }

    /// The key on the first line that it prints.
    func key() throws(ClientFailure) -> Secret {
        guard
            let path = ProgramPath.find(command.program, path: CurrentProcess.environment("PATH"))
        else { throw failure("is not found in PATH; install it, or write its path") }
        let line = try SecretProgram.line(path, command.words, patience: KeyCommandRun.patience) { reason in
            failure(reason)
        }
        do {
            return try KeyCommand.key(line, command.form, purpose)
        } catch {
            throw failure("printed no key that can be used: \(error.reason)")
        }
    }

    private func failure(_ what: String) -> ClientFailure {
        ClientFailure(.configuration, "no \(purpose.words): \(name) \(what)")
    }
}

/// Runs what prints a secret, and finds the words for what goes wrong.
enum SecretProgram {
    /// The first line that `path` prints. A signal that comes meanwhile ends this program, as it would without the other one.
    /// `failure` makes the error from `predicate; what to do`.
    static func line(
        _ path: String, _ arguments: [String], patience: Int, failure: (String) -> ClientFailure
    ) throws(ClientFailure) -> Secret {
        do {
            return try SecretCommand.firstLine(
                path: path, arguments: arguments, nanoseconds: Int64(patience) * 1_000_000_000)
        } catch {
            switch error {
            case .signal(let signal): CurrentProcess.exitNow(128 + signal.rawValue)
            case .system(let error):
                throw failure("cannot be run: \(error.reason); check its path and rights")
            case .failed(let status): throw failure("ended with status \(status); run it by hand")
            case .killed(let signal): throw failure("was ended by signal \(signal); run it by hand")
            case .tooLate: throw failure("has not ended within \(patience) s; run it by hand")
            case .tooMuch:
                throw failure(
                    "printed too much; its first line may have \(SecretCommand.lineLimit) bytes and must be the key"
                )
            case .nothing: throw failure("printed nothing; its first line must be the key")
            }
        }
    }
}
