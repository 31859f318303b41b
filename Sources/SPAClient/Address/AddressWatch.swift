package import SPAConfig
package import SPANet
package import SPASystem

/// What one run knows about the address to ask for. It starts with the best that is known at once, goes on asking beside
/// the connection, and says when another knock is called for.
package final class AddressWatch {
    private let stanza: ClientStanza
    /// Where the route leads that the address is on.
    package let server: IPAddress
    private let note: (String) -> Void
    /// Nothing was said about ALLOW_IP, so that the packet's source may be asked for when all else has failed.
    private let mayFallBack: Bool
    /// When that is done for want of an answer, nanoseconds of the ``MonotonicClock``.
    private var fallback: Int64?
    /// Whether the sources are what tells the address.
    private let isPublic: Bool
    private let network: NetworkIdentity?
    private let cache: AddressCache?
    /// A packet that asks for what is known has gone out.
    private var hasKnocked = false
    private var race: AddressRace?
    /// How many findings of the race were taken over.
    private var seen = 0
    /// The cached entry that the knocks rest on, until something else tells the address.
    private var remembered: AddressMemory.Entry?
    /// What the sources of this run, the cache among them, have said so far.
    package private(set) var findings: [AddressFinding] = []
    /// What the next knock asks for, one packet for each; `0.0.0.0` or `::` is the packet's source. Empty while nothing is
    /// known.
    package private(set) var asked: [IPAddress] = []

    /// Why nothing can be asked for, where that is so.
    package private(set) var failure: ClientFailure?

    /// The family that is asked about.
    package var family: AddressFamily { server.family }

    /// Begins for a knock at `server`, about an address of its family. `usesCache`: an answer of an earlier run will do for
    /// the first knock. `mayAskForSource`: the packets will be of that family, too. `others` are addresses that get the same
    /// packets. `note` takes the lines of `-v`.
    package init(
        _ stanza: ClientStanza, server: InternetEndpoint, others: [IPAddress] = [], usesCache: Bool = true,
        mayAskForSource: Bool = true, note: @escaping (String) -> Void
    ) throws(ClientFailure) {
        (self.stanza, self.server, self.note) = (stanza, server.address, note)
        mayFallBack = stanza.allow == .automatic && stanza.addresses.fallsBack && mayAskForSource
        let networks = (try? NetworkInterfaces.networks()) ?? []
        let choice = AddressChoice(stanza.allow, server: server.address, networks: networks)
        isPublic = choice == .publicOne && server.address.family == .v4
        // Without a server, as in a test of packets, there is no route to look at.
        network =
            isPublic && server.address.scope != .unspecified ? NetworkIdentity.current(server.address) : nil
        // What is told may be true on one route and not on the other, and nobody could say later which it was.
        let network = network
        let hasOneRoute = !isPublic || others.allSatisfy { NetworkIdentity.current($0) == network }
        if !hasOneRoute { note("the server's addresses are on more than one route: nothing is remembered") }
        let remembers = isPublic && hasOneRoute && stanza.addresses.cacheLife > 0
        cache = remembers ? AddressCache.ofThisUser : nil
        switch choice {
        case .fixed(let address): asked = [address]
        case .source:
            guard mayAskForSource else {
                throw ClientFailure(
                    .configuration,
                    "the packet's source is to be allowed, and SPA_SERVER has no \(server.address.family) address;"
                        + " give it one, or set ALLOW_IP")
            }
            asked = [server.address.family.unspecified]
        case .interface(let name):
            asked = [try OwnAddress.of(interface: name, server.address.family, networks)]
        case .onRoute: asked = [try OwnAddress.onRoute(to: server)]
        case .publicOne where server.address.family == .v6: try askForOwn(server)
        case .publicOne: if usesCache { recall() }
        }
    }

    /// Over IPv6 our own address on the route is the one that the Internet sees, unless it is none of the Internet's.
    private func askForOwn(_ server: InternetEndpoint) throws(ClientFailure) {
        let own = try OwnAddress.onRoute(to: server)
        if own.scope == .global {
            asked = [own]
            return
        }
        guard mayFallBack else {
            throw ClientFailure(
                .noPublicAddress,
                "our IPv6 address on the route to \(server) is \(own), which the Internet does not see; set ALLOW_IP"
            )
        }
        note("our IPv6 address \(own) is none of the Internet: asks for the packet's source")
        addSource()
    }

    /// Begins to ask, where nothing is known yet.
    package func begin() {
        guard asked.isEmpty, race == nil else { return }
        ask()
        if mayFallBack { fallback = MonotonicClock.now() + AddressTimetable.fallbackPatience }
    }

    /// Whether there is something to ask for, or never will be.
    package var isSettled: Bool { !asked.isEmpty || failure != nil }

    /// Nobody waits any longer for an address: asks for the packet's source instead, or fails.
    package func giveUp() {
        fallback = nil
        if mayFallBack {
            note("our public address is not known: asks for the packet's source")
            addSource()
            return
        }
        if let race {
            race.giveUp()
            takeFindings(race)
        }
        let sources = AddressSources.description(stanza.addresses)
        failure = ClientFailure(
            .noPublicAddress,
            sources.isEmpty
                ? "our public address is wanted and nobody may be asked; set ALLOW_IP or ADDRESS_SOURCES"
                : "no answer about our public address from \(sources); set ALLOW_IP to it (or to source), "
                    + "or ADDRESS_SOURCES to what can be reached (-v shows why)")
    }

    // Beside the connection attempts

    /// When ``advance()`` is due at the latest, in nanoseconds of the ``MonotonicClock``; nil for no time of its own.
    package var due: Int64? {
        guard asked.isEmpty, let fallback else { return race?.due }
        return min(fallback, race?.due ?? .max)
    }

    /// Adds the descriptors that it waits for.
    package func wait(in poller: inout Poller) { race?.wait(in: &poller) }

    /// Goes on asking. True when an address was told that the last knock did not ask for.
    package func advance() -> Bool {
        guard let race else { return false }
        race.advance()
        takeFindings(race)
        guard let answer = race.answer else { return takeStock(race) }
        race.stop()
        self.race = nil
        remembered = nil
        if answer.mayBeRemembered { remember(answer) }
        let found = IPAddress.v4(answer.address)
        guard !asked.contains(found) else { return false }
        asked = [found] + asked.filter(\.isUnspecified)
        // Our router's own address is the server's: it decides what the server sees us as, and only the packet can tell.
        if found == server, mayFallBack { addSource() }
        return true
    }

    /// What to do about a race without an answer so far; true when there is something new to ask for.
    private func takeStock(_ race: AddressRace) -> Bool {
        let isLate = fallback.map { MonotonicClock.now() >= $0 } ?? false
        guard asked.isEmpty, failure == nil, race.isExhausted || isLate else { return false }
        giveUp()
        return !asked.isEmpty
    }

    /// A knock is about to go out. One `again` means that the addresses asked for so far have opened nothing; they have had no
    /// chance to where this is their first.
    package func willKnock(again: Bool) {
        let isFirst = !hasKnocked && !asked.isEmpty
        hasKnocked = hasKnocked || isFirst
        guard again, !isFirst else {
            if isFirst, remembered != nil { ask(after: AddressTimetable.refreshDelay) }
            return
        }
        if let entry = remembered {
            forget(entry)
            remembered = nil
        }
        if isPublic, race?.isExhausted ?? true { ask() }
        if mayFallBack, !asked.contains(family.unspecified) {
            note("nothing has opened: asks for the packet's source, too")
            addSource()
        }
    }

    /// A connection stands: a remembered address has proved good, if it was over our family.
    package func opened(over family: AddressFamily) {
        stop()
        guard family == self.family, let entry = remembered else { return }
        let now = RealtimeClock.seconds()
        guard entry.confirmed < now - stanza.addresses.cacheLife / 2 else { return }
        let renewed = AddressMemory.Entry(
            entry.network, entry.address, entry.kind, learned: entry.learned, confirmed: now)
        store { $0.put(renewed, now: now) }
    }

    /// Nobody asks any longer.
    func stop() {
        race?.stop()
        race = nil
    }

    // Asking

    private func ask(after delay: Int64 = 0) {
        race = AddressSources.race(stanza.addresses, server: server, own: network?.own, delay: delay)
        (seen, failure) = (0, nil)
    }

    private func takeFindings(_ race: AddressRace) {
        for finding in race.findings[seen...] {
            findings.append(finding)
            note(finding.description)
        }
        seen = race.findings.count
    }

    private func addSource() {
        if !asked.contains(family.unspecified) { asked.append(family.unspecified) }
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
        asked = [.v4(entry.address)]
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
