package import SPAConfig
package import SPANet
package import SPASystem

/// What one run knows about the addresses to ask for: an ``AddressWatch`` for each family that the connection may take.
package final class AddressWatches {
    private let stanza: ClientStanza
    private let usesCache: Bool
    private let note: (String) -> Void
    package private(set) var watches: [AddressWatch] = []
    /// What was seen to already: a family, and whether the server was known to have an address of it.
    private var tried = Set<Attempt>()
    private var failures: [AddressFamily: ClientFailure] = [:]

    private struct Attempt: Hashable {
        let family: AddressFamily
        let hasServer: Bool
    }

    /// For a run that has no addresses yet. `usesCache`: an answer of an earlier run will do for the first knock. `note` takes
    /// the lines of `-v`.
    package init(_ stanza: ClientStanza, usesCache: Bool = true, note: @escaping (String) -> Void) {
        (self.stanza, self.usesCache, self.note) = (stanza, usesCache, note)
    }

    /// For connections to `targets` behind `servers`, which are all that are known by now. A family that nothing can be asked
    /// for is left out, and `note` told why.
    package func extend(targets: [InternetEndpoint], servers: [InternetEndpoint]) {
        for target in AddressWatches.firstOfEachFamily(targets) {
            let family = target.address.family
            let server = servers.first { $0.address.family == family }
            guard tried.insert(Attempt(family: family, hasServer: server != nil)).inserted else { continue }
            let others = servers.dropFirst().filter { $0.address.family == family }.map(\.address)
            open(family, server: server, others: others, target: target)
        }
    }

    private func open(
        _ family: AddressFamily, server: InternetEndpoint?, others: [IPAddress], target: InternetEndpoint
    ) {
        if case .explicit(let address) = stanza.allow, address.family != family {
            note("\(family) is left out: \(address) is to be allowed, and nothing else")
            return
        }
        do throws(ClientFailure) {
            let watch = try AddressWatch(
                stanza, server: server ?? target, others: others, usesCache: usesCache,
                mayAskForSource: server != nil,
                note: note)
            replace(by: watch)
            failures[family] = nil
            watch.begin()
        } catch {
            note("\(family) is left out: \(error)")
            failures[family] = error
        }
    }

    /// What was begun without a server looked at another route: the packets' own way decides which address they show.
    private func replace(by watch: AddressWatch) {
        guard let index = watches.firstIndex(where: { $0.family == watch.family }) else {
            return watches.append(watch)
        }
        watches[index].stop()
        watches[index] = watch
    }

    /// One endpoint of each family, in the order in which they come.
    private static func firstOfEachFamily(_ endpoints: [InternetEndpoint]) -> [InternetEndpoint] {
        var seen = Set<AddressFamily>()
        return endpoints.filter { seen.insert($0.address.family).inserted }
    }

    /// Why nothing can be asked for in any of the families so far; nil while something can, or may be.
    package var failure: ClientFailure? {
        guard watches.allSatisfy({ $0.failure != nil }) else { return nil }
        return watches.first?.failure ?? failures[.v6] ?? failures[.v4]
            ?? ClientFailure(
                .configuration,
                "ALLOW_IP or -a names an address of a family that the host has none of; leave it out")
    }

    /// Whether it is still to be found out for a family what to ask for.
    package var isOpen: Bool { watches.contains { !$0.isSettled } }

    /// What the next knock asks for, in the order of the families.
    package var asked: [IPAddress] { watches.flatMap(\.asked) }

    /// What the sources of this run have said so far.
    package var findings: [AddressFinding] { watches.flatMap(\.findings) }

    /// Those of `endpoints` whose family something can be asked for.
    package func reachable(_ endpoints: [InternetEndpoint]) -> [InternetEndpoint] {
        endpoints.filter { endpoint in watches.contains { $0.family == endpoint.address.family } }
    }

    /// Returns once it is known for each family what to ask for, at `deadline` (nanoseconds of the ``MonotonicClock``) at the
    /// latest; an error where there is nothing for any.
    package func settleAll(deadline: Int64) throws(ClientFailure) {
        var poller = Poller()
        while MonotonicClock.now() < deadline {
            _ = advance()
            if watches.allSatisfy(\.isSettled) { break }
            poller.removeAll()
            wait(in: &poller)
            do throws(SystemError) {
                try poller.wait(nanoseconds: min(deadline, due ?? deadline) - MonotonicClock.now())
            } catch {
                throw ClientFailure(.other, error.description)
            }
        }
        giveUp()
        if let failure { throw failure }
    }

    /// Nobody waits any longer for what is not known yet.
    package func giveUp() { for watch in watches where !watch.isSettled { watch.giveUp() } }

    /// When ``advance()`` is due at the latest, in nanoseconds of the ``MonotonicClock``; nil for no time of its own.
    package var due: Int64? { watches.compactMap(\.due).min() }

    /// Adds the descriptors that it waits for.
    package func wait(in poller: inout Poller) { for watch in watches { watch.wait(in: &poller) } }

    /// Goes on asking. True when an address was told that the last knock did not ask for.
    package func advance() -> Bool {
        var isNew = false
        for watch in watches where watch.advance() { isNew = true }
        return isNew
    }

    /// A knock is about to go out; `again`: earlier ones have opened nothing so far.
    package func willKnock(again: Bool) { for watch in watches { watch.willKnock(again: again) } }

    /// A connection stands, over `family`.
    package func opened(over family: AddressFamily) { for watch in watches { watch.opened(over: family) } }
}
