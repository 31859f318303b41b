internal import SPAConfig
internal import SPAKeys
internal import SPANet
internal import SPAPacket
internal import SPASecret
internal import SPASystem
internal import SPAWire

/// The program `spa-knock`.
package enum KnockProgram {
    /// Seconds for looking up names and our address.
    private static let patience: UInt32 = 10

    /// Runs with the process's arguments; never returns.
    package static func main() -> Never {
        CurrentProcess.fillStandardStreams()
        SignalPolicy.ignoreBrokenPipe()
        SignalPolicy.keepEndedChildren()
        do throws(ClientFailure) {
            let options = try KnockOptions(CurrentProcess.arguments)
            switch options.action {
            case .showHelp: StandardOutput.write(KnockHelp.text)
            case .showVersion:
                StandardOutput.write("spa-knock \(Version.string), FKO protocol version 3.0.0\n")
            case .generateKeys: try generateKeys(options)
            case .listStanzas: try listStanzas(options)
            case .knock: try knock(options)
            }
        } catch {
            StandardError.write("spa-knock: \(error)\n")
            CurrentProcess.exitNow(error.status.rawValue)
        }
        CurrentProcess.exitNow(ClientStatus.success.rawValue)
    }

    private static func knock(_ options: KnockOptions) throws(ClientFailure) {
        let rc = options.usesRCFile ? try RCFile.readIfPresent(option: options.rcFile) : nil
        let stanza = try KnockPlan.stanza(rc?.value, file: rc?.file ?? "", options: options)
        guard let services = stanza.access else {
            throw ClientFailure(.usage, "nothing to open is named; give -A tcp/22, or ACCESS in the stanza")
        }
        let keys = try KeyEntry.obtain(stanza, options.keyWish).keys
        defer { keys.erase() }
        if keys.hmac == nil {
            StandardError.write(
                "spa-knock: warning: the packet has no HMAC, and spad refuses such; add --use-hmac, or HMAC_KEY_BASE64 to"
                    + " the stanza\n")
        }
        let deadline = MonotonicClock.now() + Int64(patience) * 1_000_000_000
        let (servers, carriers) = try server(stanza, options, deadline: deadline)
        let addresses = try addresses(stanza, servers, deadline: deadline)
        let recipe = KnockRecipe(stanza, services: services, user: LoginName.choose(stanza), keys: keys)
        if options.isTest {
            try test(recipe, addresses.first ?? AddressFamily.v4.unspecified)
            return
        }
        var delivery = KnockDelivery(stanza.verbosity)
        for errand in KnockErrand.all(servers, allowing: addresses) {
            for carrier in carriers {
                let message = try recipe.freshMessage(allowing: errand.address, now: RealtimeClock.seconds())
                let wire = try recipe.sealed(message)
                if stanza.verbosity > 0 {
                    StandardOutput.write(
                        PacketDump.text(message, wire: wire, digest: recipe.digest, keys: keys))
                    StandardOutput.write(generation(errand.server, carrier))
                }
                delivery.send(wire, errand, by: carrier)
            }
        }
        try delivery.finish()
    }

    /// The addresses of the server, and how to send there; none in a test without a server.
    private static func server(
        _ stanza: ClientStanza, _ options: KnockOptions, deadline: Int64
    ) throws(ClientFailure) -> ([InternetEndpoint], [KnockCarrier]) {
        guard let text = stanza.server else {
            if options.isTest { return ([], []) }
            throw ClientFailure(
                .usage, "no server is named; give -D HOST, or -n with a stanza that has SPA_SERVER")
        }
        guard let host = HostName(text) else {
            throw ClientFailure(
                .configuration, "SPA_SERVER of the stanza is no host name; mend it, or give -D")
        }
        let search = HostSearch(host, kind: stanza.serverKind, isForOneKnock: true) { line in
            if stanza.verbosity > 0 { StandardError.write("spa-knock: \(line)\n") }
        }
        var poller = Poller(capacity: 2)
        while !search.answers.isReady(now: MonotonicClock.now()) {
            if let failure = search.failure { throw failure }
            guard MonotonicClock.now() < deadline else { throw HostSearch.tooSlow(seconds: patience) }
            poller.removeAll()
            search.wait(in: &poller)
            do throws(SystemError) {
                try poller.wait(nanoseconds: min(deadline, search.due ?? deadline) - MonotonicClock.now())
            } catch {
                throw ClientFailure(.other, "\(error); try again")
            }
            _ = search.advance()
        }
        return (
            search.endpoints(port: stanza.serverPort), KnockCarrier.chosen(by: stanza, server: host)
        )
    }

    /// What to ask for. No connection will show whether a remembered address is still the right one, so it is asked for.
    private static func addresses(
        _ stanza: ClientStanza, _ servers: [InternetEndpoint], deadline: Int64
    ) throws(ClientFailure) -> [IPAddress] {
        // Whatever is named can be asked for over either family.
        if case .explicit(let address) = stanza.allow { return [address] }
        // Without a server there is no route to look at.
        let servers =
            servers.isEmpty ? [InternetEndpoint(.v4(.unspecified), port: stanza.serverPort)] : servers
        let watches = AddressWatches(stanza, usesCache: false) { line in
            if stanza.verbosity > 0 { StandardError.write("spa-knock: address: \(line)\n") }
        }
        watches.extend(targets: servers, servers: servers)
        // There is one knock only: it waits for what either family can tell.
        try watches.settleAll(deadline: deadline)
        return watches.asked
    }

    /// Builds a packet, opens it as the server would, and shows both.
    private static func test(_ recipe: KnockRecipe, _ allow: IPAddress) throws(ClientFailure) {
        let message = try recipe.freshMessage(allowing: allow, now: RealtimeClock.seconds())
        let wire = try recipe.sealed(message)
        StandardOutput.write(PacketDump.text(message, wire: wire, digest: recipe.digest, keys: recipe.keys))
        StandardOutput.write("test mode enabled, SPA packet not actually sent.\n\nDump of the Decoded Data\n")
        let opened: SPAMessage
        do {
            opened = try PacketOpener(recipe.keys).open(wire.span)
        } catch {
            throw ClientFailure(.other, "the packet cannot be opened again: \(error); please report this")
        }
        StandardOutput.write(PacketDump.text(opened, wire: wire, digest: recipe.digest, keys: recipe.keys))
    }

    private static func generation(_ endpoint: InternetEndpoint, _ carrier: KnockCarrier) -> String {
        """
        Generating SPA packet:
                    protocol: \(carrier)
                 source port: <OS assigned>
            destination port: \(endpoint.port)
                     IP/host: \(endpoint.address)

        """
    }

    private static func generateKeys(_ options: KnockOptions) throws(ClientFailure) {
        let lines = try KeyGenerator.lines(
            keyLength: options.keyLength ?? KeyGenerator.keyLength,
            hmacKeyLength: options.hmacKeyLength ?? KeyGenerator.hmacKeyLength(options.hmacType ?? .sha256))
        do throws(SystemError) {
            guard let path = options.keyFile else {
                try StandardOutput.write(lines.bytes)
                return
            }
            let file = try FileDescriptor.open(path, [.writeOnly, .create, .exclusive], mode: 0o600)
            try file.writeAll(lines.bytes)
            try file.synchronize()
            StandardOutput.write("[+] Wrote Rijndael and HMAC keys to: \(path)\n")
        } catch {
            throw ClientFailure(.other, "\(error); name a new file in a directory of yours")
        }
    }

    private static func listStanzas(_ options: KnockOptions) throws(ClientFailure) {
        let rc = try RCFile.read(option: options.rcFile)
        StandardOutput.write("The following stanzas are configured in \(rc.file) :\n")
        for name in rc.value.names where name.lowercased() != "default" {
            StandardOutput.write(" - \(name)\n")
        }
    }
}
