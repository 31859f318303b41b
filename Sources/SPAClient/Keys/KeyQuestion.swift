internal import SPAConfig
internal import SPASecret
internal import SPASystem

/// Who is asked for a key that nothing else has.
package enum QuestionWay: Hashable, Sendable {
    case terminal
    /// The program of SSH_ASKPASS.
    case program(String)
    case nobody

    /// The rule of ssh(1). `askpass` and `require` are SSH_ASKPASS and SSH_ASKPASS_REQUIRE; `hasDisplay` is whether DISPLAY or
    /// WAYLAND_DISPLAY is set.
    package init(hasTerminal: Bool, askpass: String?, require: String?, hasDisplay: Bool) {
        let program = askpass.flatMap { $0.isEmpty ? nil : $0 }
        let wins: Bool
        switch require {
        case "never": wins = false
        case "force": wins = true
        case "prefer": wins = hasDisplay
        default: wins = hasDisplay && !hasTerminal
        }
        if wins, let program {
            self = .program(program)
        } else {
            self = hasTerminal && require != "force" ? .terminal : .nobody
        }
    }
}

/// Asks a person for a key: on the terminal that controls us, or through SSH_ASKPASS; never on standard input or output.
enum KeyQuestion {
    static func ask(
        _ purpose: KeyPurpose, _ wish: KeyWish
    ) throws(ClientFailure) -> (key: Secret, origin: String) {
        guard wish.mayAsk else {
            throw failure(
                purpose,
                "the stanza has none and --no-prompt forbids to ask; add \(line(purpose)) or its _COMMAND")
        }
        let environment = CurrentProcess.environment
        let way = QuestionWay(
            hasTerminal: KeyLine.hasTerminal, askpass: environment("SSH_ASKPASS"),
            require: environment("SSH_ASKPASS_REQUIRE"),
            hasDisplay: environment("DISPLAY") != nil || environment("WAYLAND_DISPLAY") != nil)
        let prompt = "Enter \(purpose.words)\(wish.subject.isEmpty ? "" : " for \(wish.subject)"): "
        switch way {
        case .terminal: return (try onTerminal(purpose, prompt), "the terminal")
        case .program(let name): return (try from(name, purpose, prompt), "SSH_ASKPASS")
        case .nobody:
            throw failure(
                purpose,
                "the stanza has none, and there is neither a terminal nor a usable SSH_ASKPASS to ask; "
                    + "add \(line(purpose)) or its _COMMAND")
        }
    }

    private static func onTerminal(_ purpose: KeyPurpose, _ prompt: String) throws(ClientFailure) -> Secret {
        do {
            return try KeyLine.ask(prompt)
        } catch {
            switch error {
            case .signal(let signal): CurrentProcess.exitNow(128 + signal.rawValue)
            case .system(let error): throw failure(purpose, "\(error); check the terminal")
            case .empty: throw failure(purpose, "nothing was typed; type it, or add \(line(purpose))")
            case .tooLong:
                throw failure(purpose, "more than \(KeyLine.limit) bytes were typed; use a shorter one")
            }
        }
    }

    private static func from(
        _ name: String, _ purpose: KeyPurpose, _ prompt: String
    ) throws(ClientFailure) -> Secret {
        guard let path = ProgramPath.find(name, path: CurrentProcess.environment("PATH")) else {
            throw failure(purpose, "SSH_ASKPASS is not found; set it to the path of a program")
        }
        let line = try SecretProgram.line(path, [name, prompt], patience: KeyCommandRun.patience) { reason in
            failure(purpose, "SSH_ASKPASS \(reason)")
        }
        do {
            return try KeyCommand.key(line, .text, purpose)
        } catch {
            throw failure(purpose, error.reason)
        }
    }

    private static func line(_ purpose: KeyPurpose) -> String {
        purpose == .hmac ? "HMAC_KEY_BASE64" : "KEY_BASE64"
    }

    private static func failure(_ purpose: KeyPurpose, _ why: String) -> ClientFailure {
        ClientFailure(.configuration, "no \(purpose.words): \(why)")
    }
}
