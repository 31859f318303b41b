internal import SPASystem

/// The file of `--log-file`: one line for each event, for when ssh keeps standard error from its user.
///
/// `2026-11-21T07:05:09.123Z spa-proxy[4711] myserver: knock 1 sent …`
final class LogFile: Sendable {
    private let file: FileDescriptor
    private let subject: String

    /// Opens `path` to append to it; made with mode 0600 where it is not there. `subject` is the host.
    ///
    /// Refused: what is no regular file (a link, a fifo), belongs to somebody else, or can be written by others.
    init(_ path: String, subject: String) throws(ClientFailure) {
        let refusal: String?
        do throws(SystemError) {
            file = try FileDescriptor.open(
                path, [.writeOnly, .append, .create, .noFollow, .nonBlocking], mode: 0o600)
            refusal = LogFile.refusal(try file.facts())
        } catch {
            let reason = error.code == ErrorCode.linkLoop ? "it is a symbolic link" : error.reason
            throw ClientFailure(
                .configuration, "the log file cannot be opened: \(path): \(reason); name another")
        }
        self.subject = subject
        if let refusal {
            throw ClientFailure(.configuration, "the log file is not used: \(path): \(refusal)")
        }
    }

    private static func refusal(_ facts: FileFacts) -> String? {
        if facts.kind != .regular { return "not a regular file; name another" }
        if facts.owner != CurrentProcess.effectiveUser {
            return "belongs to user id \(facts.owner); name one of your own"
        }
        if facts.mode & 0o022 != 0 { return "others can write it; take the right from them" }
        return nil
    }

    /// Adds a line, in one piece, whoever else is writing. One that cannot be written is lost: a full disk is no reason not to
    /// log in.
    func write(_ text: String) {
        let line = Array(
            "\(RealtimeClock.text()) spa-proxy[\(CurrentProcess.id)] \(subject): \(text)\n".utf8)
        _ = try? file.write(line.span)
    }
}
