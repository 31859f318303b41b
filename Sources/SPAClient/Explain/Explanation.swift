internal import SPASystem

/// What `--explain` prints behind the steps.
enum Explanation {
    /// For a door that opened.
    static func success(_ facts: LoginFacts) -> String {
        "\nverdict: the door opens: port \(facts.target.port) takes connections. This one was closed unused. (exit status 0)\n"
    }

    /// For a login that failed: the failure in the words of every login, and the causes in order.
    static func failure(_ failure: ClientFailure, _ causes: [Cause]) -> String {
        let verdict = "\nverdict: \(failure) (exit status \(failure.status.rawValue))\n"
        guard !causes.isEmpty else { return verdict }
        return causes.enumerated().reduce(verdict + "\ncauses that fit, the likeliest first:\n") {
            text, cause in
            text + "  \(cause.offset + 1). \(cause.element)\n"
        }
    }

    /// Asks around, and prints the verdict on a failed login.
    static func print(_ failed: ClientFailure, _ facts: LoginFacts, _ report: Report) {
        for line in facts.summary { report.say(1, line) }
        var evidence = facts.evidence(failed)
        switch evidence.ending {
        case .silent, .unreachable, .refusedThroughout:
            Witnesses.ask(facts, &evidence, report)
        default: break
        }
        StandardOutput.write(failure(failed, Diagnosis.causes(evidence)))
    }
}
