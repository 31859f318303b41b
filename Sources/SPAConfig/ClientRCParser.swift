internal import SPASecret

/// Reads `.fwknoprc` (fwknop(8)) into its sections.
package enum ClientRCParser {
    /// The sections of `text`. Throws for what is wrong with the file as such and with section headers; lines in a
    /// section that is never used may be wrong.
    package static func parse(
        _ text: Span<UInt8>, file: String
    ) throws(ConfigurationErrors) -> Parsed<ClientRC> {
        var findings = Findings(file: file)
        var sections: [ClientRC.Section] = []
        var isInSection = true
        var hasStarted = false
        for line in LineSplitter.lines(text, &findings) {
            let content: LineContent
            do { content = try LineGrammar.client.read(line, text) } catch {
                let problem = ConfigurationProblem(
                    file: file, line: line.number, column: line.column(error.offset), reason: error.reason)
                if error.isSectionHeader {
                    findings.error(problem.line, problem.column, problem.reason)
                    (hasStarted, isInSection) = (true, false)
                } else if hasStarted, isInSection {
                    sections[sections.count - 1].faults.append(problem)
                }
                continue
            }
            switch content {
            case .nothing: break
            case .section(let range):
                let name = Words.string(text, range)
                (hasStarted, isInSection) = (true, true)
                if let earlier = sections.first(where: { $0.name.lowercased() == name.lowercased() }) {
                    findings.error(
                        line.number, line.column(range.lowerBound),
                        "section [\(name)] exists in line \(earlier.line) already; put the lines into one")
                }
                sections.append(ClientRC.Section(name: name, line: line.number))
            case .entry(let name, let value):
                guard hasStarted else {
                    findings.warning(
                        line.number, line.column(name.lowerBound),
                        "the line stands before the first [section] and is ignored; move it below [default]")
                    continue
                }
                guard isInSection else { continue }
                sections[sections.count - 1].entries.append(
                    ClientRC.Entry(
                        line: line.number, nameColumn: line.column(name.lowerBound),
                        valueColumn: line.column(value.lowerBound),
                        name: name.count <= 64 ? Words.string(text, name) : "",
                        value: Secret(copying: text.extracting(value))))
            }
        }
        return try findings.result(ClientRC(file: file, sections: sections))
    }
}
