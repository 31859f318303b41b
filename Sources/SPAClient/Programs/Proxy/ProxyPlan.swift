package import SPAConfig
package import SPANet

/// What is decided before anything is sent: the stanza of a target, and the doors to ask for.
package struct ProxyPlan: Sendable {
    package let stanza: ClientStanza
    package let services: [Service]
    /// About the lines of the stanza.
    package let warnings: [ConfigurationProblem]

    /// From the sections of the rc file and the command line.
    package init(
        _ rc: ClientRC, file: String, target: ProxyTarget, options: ProxyOptions
    ) throws(ClientFailure) {
        let parsed = try ProxyPlan.stanza(rc, file: file, host: target.host.text, name: options.stanzaName)
        var stanza = parsed.value
        warnings = parsed.warnings
        if let allow = options.allow { stanza.allow = allow }
        if let seconds = options.connectTimeout { stanza.connectTimeout = seconds }
        stanza.verbosity += options.verbosity
        try StanzaCheck.check(stanza)
        services = try ProxyPlan.services(stanza.access, port: target.port)
        self.stanza = stanza
    }

    private static func stanza(
        _ rc: ClientRC, file: String, host: String, name: String?
    ) throws(ClientFailure) -> Parsed<ClientStanza> {
        do throws(ConfigurationErrors) {
            if let name {
                guard rc.names.contains(where: { $0.lowercased() == name.lowercased() }) else {
                    throw ConfigurationErrors([])
                }
                return try rc.stanza(named: name)
            }
            guard let found = try rc.stanza(forHost: host) else { throw ConfigurationErrors([]) }
            return found
        } catch {
            guard error.problems.isEmpty else { throw RCFile.failure(error) }
            throw ClientFailure(
                .noStanza,
                name == nil
                    ? "no stanza for it in \(file); add [\(host)], or name one with -n"
                    : "the stanza that -n names is not in \(file); add it, or name one that is")
        }
    }

    /// The doors to ask for: ACCESS, which must contain the one that we go through, else that one.
    package static func services(_ access: [Service]?, port: UInt16) throws(ClientFailure) -> [Service] {
        guard let door = Service(.tcp, port: port) else {
            throw ClientFailure(.usage, "port 0 is no port; give a number from 1 to 65535")
        }
        guard let access else { return [door] }
        guard access.contains(door) else {
            let list = access.map(\.description).joined(separator: ",")
            throw ClientFailure(
                .configuration, "ACCESS asks for \(list), which does not open \(door); add \(door) to it")
        }
        return access
    }
}
