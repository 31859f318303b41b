/// The manners of a program that another one starts: by hand it only tells what it is.
package enum ChildProgram {
    /// Answers `--version` and everything else that a person may type; nil when there is nothing to answer.
    ///
    /// - Returns: the exit status.
    package static func answer(_ name: String, startedBy parent: String) -> Int32? {
        guard CurrentProcess.arguments.count > 1 else { return nil }
        if CurrentProcess.arguments[1] == "--version" {
            StandardOutput.write("\(name) \(Version.string)\n")
            return 0
        }
        StandardError.write(
            "\(name) takes no arguments and is started by \(parent) alone; see \(parent)(8)\n")
        return CurrentProcess.arguments[1] == "--help" ? 0 : 1
    }
}
