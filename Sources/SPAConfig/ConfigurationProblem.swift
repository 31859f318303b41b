/// Something wrong, or worth a word, in a configuration file. Never contains the value of a key.
package struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    /// From 1; 0 where the file as a whole is meant.
    package let line: Int
    /// From 1; 0 where the line as a whole is meant.
    package let column: Int
    /// What is wrong and what to do, one line.
    package let reason: String

    package init(file: String, line: Int, column: Int, reason: String) {
        self.file = file
        self.line = line
        self.column = column
        self.reason = reason
    }

    /// `file:line:column: reason`, the form that editors jump to.
    package var description: String {
        if line == 0 { return "\(file): \(reason)" }
        return column == 0 ? "\(file):\(line): \(reason)" : "\(file):\(line):\(column): \(reason)"
    }
}

/// Every error of one reading, in file order; never empty.
package struct ConfigurationErrors: Error, Sendable {
    package let problems: [ConfigurationProblem]

    package init(_ problems: [ConfigurationProblem]) { self.problems = problems }
}

/// A good reading together with its warnings.
package struct Parsed<Value: Sendable>: Sendable {
    package let value: Value
    package let warnings: [ConfigurationProblem]

    package init(_ value: Value, warnings: [ConfigurationProblem]) {
        (self.value, self.warnings) = (value, warnings)
    }
}
