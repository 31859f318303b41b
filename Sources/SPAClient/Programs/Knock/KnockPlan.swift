package import SPAConfig

/// What the rc file and the command line of `spa-knock` add up to.
package enum KnockPlan {
    /// The stanza: `-n`, else the one for `-D`, else `[default]`; the command line goes before all of them.
    package static func stanza(
        _ rc: ClientRC?, file: String, options: KnockOptions
    ) throws(ClientFailure) -> ClientStanza {
        var stanza = try base(rc, file: file, options: options)
        if let host = options.destination { stanza.server = host.text }
        if let access = options.access { stanza.access = access }
        if let allow = options.allow { stanza.allow = allow }
        if let page = options.page { stanza.addresses.page = page }
        if options.isPlain { stanza.addresses.isPlain = true }
        // As RESOLVE_URL and RESOLVE_HTTP_ONLY do: an address that is given goes before a page.
        if options.page != nil || options.isPlain, stanza.allow == .automatic { stanza.allow = .resolve }
        // `-R` is fwknop's for a page over HTTPS.
        if options.allow == .resolve { stanza.addresses.asksPage = true }
        if let port = options.port { stanza.serverPort = port }
        if let transport = options.transport { stanza.transport = transport }
        if let timeout = options.clientTimeout { stanza.clientTimeout = timeout }
        if let user = options.user { stanza.user = user }
        if let digest = options.digest { stanza.digest = digest }
        if let mode = options.mode { stanza.mode = mode }
        if let type = options.hmacType { stanza.hmacType = type }
        if let offset = options.timeOffset { stanza.timeOffset = offset }
        stanza.verbosity += options.verbosity
        try StanzaCheck.check(stanza)
        return stanza
    }

    private static func base(
        _ rc: ClientRC?, file: String, options: KnockOptions
    ) throws(ClientFailure) -> ClientStanza {
        guard let rc else {
            guard options.stanzaName == nil else {
                throw ClientFailure(.configuration, "-n needs an rc file, and there is none; write one")
            }
            return ClientStanza()
        }
        do throws(ConfigurationErrors) {
            if let name = options.stanzaName { return try rc.stanza(named: name).value }
            if let host = options.destination, let found = try rc.stanza(forHost: host.text) {
                return found.value
            }
            return try rc.defaults().value
        } catch {
            if let name = options.stanzaName,
                !rc.names.contains(where: { $0.lowercased() == name.lowercased() })
            {
                throw ClientFailure(
                    .noStanza, "the stanza that -n names is not in \(file); --stanza-list shows all")
            }
            throw RCFile.failure(error)
        }
    }
}
