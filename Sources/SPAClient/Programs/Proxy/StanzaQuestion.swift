internal import SPAConfig
internal import SPASystem

/// `--can-handle`: would a login to this host find a stanza? For `Match exec`, which runs at times when nobody logs in: no
/// packet, no lookup, no question, no file but the rc file, no word.
enum StanzaQuestion {
    /// Success for yes, ``ClientStatus/noStanza`` for no. A stanza with wrong lines counts: the login will say what is wrong.
    static func answer(_ host: String, _ options: ProxyOptions) -> ClientStatus {
        do throws(ClientFailure) {
            // No login can have this name.
            guard let host = HostName(host) else { throw ClientFailure(.noStanza, "this is no host name") }
            guard let rc = try RCFile.readIfPresent(option: options.rcFile) else {
                throw ClientFailure(.noStanza, "there is no rc file")
            }
            let isThere =
                if let name = options.stanzaName {
                    rc.value.names.contains { $0.lowercased() == name.lowercased() }
                } else {
                    rc.value.hasStanza(forHost: host.text)
                }
            guard isThere else { throw ClientFailure(.noStanza, "no stanza in \(rc.file)") }
            return .success
        } catch {
            if options.verbosity > 0 { StandardError.write("spa-proxy: \(error)\n") }
            return error.status
        }
    }
}
