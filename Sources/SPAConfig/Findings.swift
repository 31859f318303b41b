/// The problems of one file while it is read: errors and warnings, bounded in number.
struct Findings {
    /// More than a person reads; a file of junk must not fill the memory.
    static let limit = 1000

    let file: String
    private var errors: [ConfigurationProblem] = []
    private var warnings: [ConfigurationProblem] = []
    private var unlisted = 0

    init(file: String) { self.file = file }

    var errorCount: Int { errors.count + unlisted }

    /// Something that keeps the file from being used. `line` and `column` from 1, 0 for "as a whole".
    mutating func error(_ line: Int, _ column: Int, _ reason: String) {
        guard errors.count < Findings.limit else {
            unlisted += 1
            return
        }
        errors.append(ConfigurationProblem(file: file, line: line, column: column, reason: reason))
    }

    /// Something that the administrator should know.
    mutating func warning(_ line: Int, _ column: Int, _ reason: String) {
        guard warnings.count < Findings.limit else { return }
        warnings.append(ConfigurationProblem(file: file, line: line, column: column, reason: reason))
    }

    /// `value` with the warnings, or all errors in file order.
    func result<Value: Sendable>(_ value: Value?) throws(ConfigurationErrors) -> Parsed<Value> {
        guard let value, errors.isEmpty else {
            var all = Findings.inFileOrder(errors)
            if unlisted > 0 {
                all.append(
                    ConfigurationProblem(
                        file: file, line: 0, column: 0,
                        reason: "\(unlisted) more errors are not listed; correct these first"))
            }
            throw ConfigurationErrors(all)
        }
        return Parsed(value, warnings: Findings.inFileOrder(warnings))
    }

    private static func inFileOrder(_ problems: [ConfigurationProblem]) -> [ConfigurationProblem] {
        problems.enumerated().sorted { a, b in
            (a.element.line, a.element.column, a.offset) < (b.element.line, b.element.column, b.offset)
        }.map(\.element)
    }
}
