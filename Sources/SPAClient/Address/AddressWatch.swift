package import SPAConfig
package import SPANet
package import SPASystem

/// What one run knows about the address to ask for. It starts with the best that is known at once, goes on asking beside
/// the connection, and says when another knock is called for.
package final class AddressWatch: KnockCompanion {
    private let stanza: ClientStanza
    private let server: IPAddress
    private let note: (String) -> Void
    /// Nothing was said about ALLOW_IP, so that the packet's source may be asked for when all else has failed.
    private let mayFallBack: Bool
    /// Whether the sources are what tells the address.
    private let isPublic: Bool
    private let network: NetworkIdentity?
    private let cache: AddressCache?
    private var race: AddressRace?
    /// How many findings of the race were taken over.
    private var seen = 0
    /// The cached entry that the knocks rest on, until something else tells the address.
    private var remembered: AddressMemory.Entry?
    /// What the sources of this run, the cache among them, have said so far.
    package private(set) var findings: [AddressFinding] = []
    /// What the next knock asks for, one packet for each; `0.0.0.0` is the packet's source. Empty while nothing is known.
    package private(set) var asked: [IPv4Address] = []

    /// Begins for a knock at `server`. `usesCache`: an answer of an earlier run will do for the first knock. `note` takes
    /// the lines of `-v`.
    package init(
        _ stanza: ClientStanza, server: InternetEndpoint, usesCache: Bool = true,
        note: @escaping (String) -> Void
    ) throws(ClientFailure) {
        (self.stanza, self.server, self.note) = (stanza, server.address, note)
        mayFallBack = stanza.allow == .automatic && stanza.addresses.fallsBack
        let networks = (try? NetworkInterfaces.networks()) ?? []
        let choice = AddressChoice(stanza.allow, server: server.address, networks: networks)
        isPublic = choice == .publicOne
        // Without a server, as in a test of packets, there is no route to look at.
        network =
            isPublic && server.address.scope != .unspecified ? NetworkIdentity.current(server.address) : nil
        cache = isPublic && stanza.addresses.cacheLife > 0 ? AddressCache.ofThisUser : nil
        switch choice {
        case .fixed(let address): asked = [address]
        case .interface(let name): asked = [try OwnAddress.of(interface: name, networks)]
        case .onRoute: asked = [try OwnAddress.onRoute(to: server)]
        case .publicOne: if usesCache { recall() }
        }
    }

    /// Returns once there is something to knock with, at `deadline` (nanoseconds of the ``MonotonicClock``) at the latest.
    package func settle(deadline: Int64) throws(ClientFailure) {
        guard asked.isEmpty else { return }
        ask()
        let patience = MonotonicClock.now() + AddressTimetable.fallbackPatience
        let end = mayFallBack ? min(deadline, patience) : deadline
        var poller = Poller()
        while asked.isEmpty, let race, !race.isExhausted, MonotonicClock.now() < end {
            poller.removeAll()
            race.wait(in: &poller)
            do throws(SystemError) {
                try poller.wait(nanoseconds: min(end, race.due ?? end) - MonotonicClock.now())
            } catch {
                throw ClientFailure(.other, error.description)
            }
            _ = advance()
        }
        if asked.isEmpty { try fallBack() }
    }

    // Beside the connection attempts

    package var due: Int64? { race?.due }

    package func wait(in poller: inout Poller) { race?.wait(in: &poller) }

    /// Goes on asking. True when an address was told that the last knock did not ask for.
    package func advance() -> Bool {
        guard let race else { return false }
        race.advance()
        takeFindings(race)
        guard let answer = race.answer else { return false }
        race.stop()
        self.race = nil
        remembered = nil
        if answer.mayBeRemembered { remember(answer) }
        guard !asked.contains(answer.address) else { return false }
        let isFirst = asked.isEmpty
        asked = [answer.address] + asked.filter { $0 == .unspecified }
        // Our router's own address is the server's: it decides what the server sees us as, and only the packet can tell.
        if .v4(answer.address) == server, mayFallBack { addSource() }
        return !isFirst
    }

    /// A knock is about to go out. A repeated one means that the addresses asked for so far have opened nothing.
    package func willKnock(again: Bool) {
        guard again else {
            if remembered != nil { ask(after: AddressTimetable.refreshDelay) }
            return
        }
        if let entry = remembered {
            forget(entry)
            remembered = nil
        }
        if isPublic, race?.isExhausted ?? true { ask() }
        if mayFallBack, !asked.contains(.unspecified) {
            note("nothing has opened: asks for the packet's source, too")
            addSource()
        }
    }

    /// A connection stands: a remembered address has proved good.
    package func opened() {
        race?.stop()
        race = nil
        guard let entry = remembered else { return }
        let now = RealtimeClock.seconds()
        guard entry.confirmed < now - stanza.addresses.cacheLife / 2 else { return }
        let renewed = AddressMemory.Entry(
            entry.network, entry.address, entry.kind, learned: entry.learned, confirmed: now)
        store { $0.put(renewed, now: now) }
    }

    // Asking

    private func ask(after delay: Int64 = 0) {
        race = AddressSources.race(stanza.addresses, server: server, own: network?.own, delay: delay)
        seen = 0
    }

    private func takeFindings(_ race: AddressRace) {
        for finding in race.findings[seen...] {
            findings.append(finding)
            note(finding.description)
        }
        seen = race.findings.count
    }

    private func addSource() { if !asked.contains(.unspecified) { asked.append(.unspecified) } }

    private func fallBack() throws(ClientFailure) {
        guard mayFallBack else {
            if let race {
                race.giveUp()
                takeFindings(race)
            }
            let sources = AddressSources.description(stanza.addresses)
            throw ClientFailure(
                .noPublicAddress,
                sources.isEmpty
                    ? "our public address is wanted and nobody may be asked; set ALLOW_IP or ADDRESS_SOURCES"
                    : "no answer about our public address from \(sources); set ALLOW_IP to it (or to source), "
                        + "or ADDRESS_SOURCES to what can be reached (-v shows why)")
        }
        note("our public address is not known: asks for the packet's source")
        addSource()
    }

    // Remembering

    private func recall() {
        guard let network, let cache else { return }
        let entry = cache.read().entry(
            for: network, kinds: stanza.addresses.kinds, now: RealtimeClock.seconds(),
            life: stanza.addresses.cacheLife)
        guard let entry, (try? AddressVerdict.judge(.v4(entry.address), server: server)) != nil else {
            return
        }
        remembered = entry
        asked = [entry.address]
        if .v4(entry.address) == server, mayFallBack { addSource() }
        let finding = AddressFinding(.cache, .address(entry.address), milliseconds: 0)
        findings.append(finding)
        note(finding.description)
    }

    private func remember(_ answer: AddressRace.Answer) {
        // Looked at again: by now the router's link address is known.
        guard cache != nil, let network = NetworkIdentity.current(server) else { return }
        let now = RealtimeClock.seconds()
        let entry = AddressMemory.Entry(network, answer.address, answer.kind, learned: now, confirmed: now)
        store { $0.put(entry, now: now) }
    }

    private func forget(_ entry: AddressMemory.Entry) {
        note("nothing has opened: forgets the cached address")
        store { $0.remove(entry.network) }
    }

    private func store(_ change: (inout AddressMemory) -> Void) {
        do throws(SystemError) { try cache?.update(change) } catch { note("cannot be remembered: \(error)") }
    }
}
