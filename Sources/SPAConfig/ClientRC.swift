internal import SPASecret

/// A `.fwknoprc` in its sections; what their lines mean is read when a section is used.
package struct ClientRC: Sendable {
    /// One line of a section. Its value may be a key.
    struct Entry: Sendable {
        let line: Int
        let nameColumn: Int
        let valueColumn: Int
        let name: String
        let value: Secret
    }

    /// One section in file order.
    struct Section: Sendable {
        let name: String
        let line: Int
        var entries: [Entry] = []
        /// Lines that do not follow the grammar: wrong when the section is used.
        var faults: [ConfigurationProblem] = []

        /// The value of its last SPA_SERVER.
        var server: String? {
            entries.last { $0.name == ClientName.server.rawValue }.map { Words.string($0.value.bytes) }
        }
    }

    let file: String
    let sections: [Section]

    /// The sections' names as written, in file order, `default` among them where it exists.
    package var names: [String] { sections.map(\.name) }

    /// What `-n named` means: `[default]`, then the section of that name in any case of letters.
    ///
    /// Throws every problem of the lines used, or the one that there is no such section.
    package func stanza(named name: String) throws(ConfigurationErrors) -> Parsed<ClientStanza> {
        guard let section = section(name) else {
            let others = names.isEmpty ? "the file has none" : "there are " + names.joined(separator: ", ")
            throw ConfigurationErrors([
                ConfigurationProblem(
                    file: file, line: 0, column: 0, reason: "no section of the name asked for; \(others)")
            ])
        }
        return try evaluate(section)
    }

    /// The stanza for a host: the section of its name, else the first one whose SPA_SERVER it is.
    ///
    /// `[default]` lends its values to every section and is a stanza of its own only for its own SPA_SERVER. Nil where
    /// nothing in the file is about the host.
    package func stanza(forHost host: String) throws(ConfigurationErrors) -> Parsed<ClientStanza>? {
        let (matches, isByName) = sections(forHost: host)
        let named = matches.filter { $0.name.lowercased() != "default" }
        guard let chosen = named.first ?? matches.first else { return nil }
        if isByName { return try evaluate(chosen) }
        let parsed = try evaluate(chosen)
        guard named.count > 1 else { return parsed }
        let warning = ConfigurationProblem(
            file: file, line: named[1].line, column: 0,
            reason: "[\(named[1].name)] has the SPA_SERVER of [\(chosen.name)], which counts; choose with -n")
        return Parsed(parsed.value, warnings: parsed.warnings + [warning])
    }

    /// Whether ``stanza(forHost:)`` has one, be its lines right or wrong.
    package func hasStanza(forHost host: String) -> Bool { !sections(forHost: host).sections.isEmpty }

    /// The sections that are about `host`: the one of its name alone, else all whose SPA_SERVER it is.
    private func sections(forHost host: String) -> (sections: [Section], isByName: Bool) {
        let wanted = host.lowercased()
        if wanted != "default", let section = section(host) { return ([section], true) }
        return (sections.filter { $0.server?.lowercased() == wanted }, false)
    }

    /// What `[default]` alone says, for a knock that no section is about; the defaults where it does not exist.
    package func defaults() throws(ConfigurationErrors) -> Parsed<ClientStanza> { try evaluate(nil) }

    private func section(_ name: String) -> Section? {
        let wanted = name.lowercased()
        return sections.first { $0.name.lowercased() == wanted }
    }

    private func evaluate(_ section: Section?) throws(ConfigurationErrors) -> Parsed<ClientStanza> {
        var reading = ClientReading(file: file)
        let base = self.section("default")
        if let base { reading.take(base) }
        if let section, section.line != base?.line { reading.take(section) }
        return try reading.finish(name: section?.name, line: section?.line ?? base?.line ?? 0)
    }
}
