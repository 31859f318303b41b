import SPAConfig
import SPASecret
import Testing

/// The three kinds of file, and how a text of one is read to its end.
enum FileKind: String, Sendable {
    case conf, access, rc

    /// Every problem of `text`; for an rc file with the section that the host `door` takes.
    func problems(_ text: [UInt8]) -> [ConfigurationProblem] {
        let secret = Secret(copying: text.span)
        do throws(ConfigurationErrors) {
            switch self {
            case .conf: _ = try ServerSettingsParser.parse(secret.bytes, file: "f")
            case .access: _ = try AccessParser.parse(secret.bytes, file: "f", settings: ServerSettings())
            case .rc: _ = try ClientRCParser.parse(secret.bytes, file: "f").value.stanza(forHost: "door")
            }
            return []
        } catch {
            return error.problems
        }
    }
}

/// A wrong text and the one problem that it must be refused for.
struct WrongFile: Sendable, CustomTestStringConvertible {
    let text: String
    let line: Int, column: Int
    let fragment: String

    init(_ text: String, _ line: Int, _ column: Int, _ fragment: String) {
        (self.text, self.line, self.column, self.fragment) = (text, line, column, fragment)
    }

    var testDescription: String { "\(line):\(column) \(fragment)" }

    /// Fails the test unless the text has exactly this problem.
    func check(_ kind: FileKind, _ location: SourceLocation = #_sourceLocation) {
        let problems = kind.problems(Array(text.utf8))
        #expect(problems.count == 1, "\(problems)", sourceLocation: location)
        guard let problem = problems.first else { return }
        #expect(problem.line == line && problem.column == column, "\(problem)", sourceLocation: location)
        #expect(problem.reason.contains(fragment), "\(problem)", sourceLocation: location)
        #expect(!problem.reason.contains("\n"), sourceLocation: location)
        // Each text writes its secrets with one of these words in them.
        for marker in ["5ecret", "NWVjcmV0"] {
            #expect(!problem.description.contains(marker), "\(problem)", sourceLocation: location)
        }
    }
}

func server(_ text: String) throws(ConfigurationErrors) -> Parsed<ServerSettings> {
    let bytes = Array(text.utf8)
    return try ServerSettingsParser.parse(bytes.span, file: "spad.conf")
}

func access(_ text: String) throws(ConfigurationErrors) -> Parsed<[AccessStanza]> {
    let bytes = Array(text.utf8)
    return try AccessParser.parse(bytes.span, file: "access.conf", settings: ServerSettings())
}

func rc(_ text: String) throws(ConfigurationErrors) -> Parsed<ClientRC> {
    let bytes = Array(text.utf8)
    return try ClientRCParser.parse(bytes.span, file: "rc")
}

/// The bytes of a secret, for comparison in tests only.
func content(_ secret: Secret?) -> String? {
    guard let secret else { return nil }
    var bytes: [UInt8] = []
    for index in 0..<secret.count { bytes.append(secret.bytes[index]) }
    return String(decoding: bytes, as: UTF8.self)
}
