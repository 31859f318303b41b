package import SPAConfig
package import SPANet
package import SPASystem

/// What one run knows about the addresses to ask for: an ``AddressWatch`` for each family that the connection may take.
package final class AddressWatches: KnockCompanion {
    package let watches: [AddressWatch]

    /// For connections to `targets` behind `servers`. A family that nothing can be asked for is left out, and `note` told
    /// why; an error where none is left.
    package init(
        _ stanza: ClientStanza, targets: [InternetEndpoint], servers: [InternetEndpoint],
        usesCache: Bool = true, note: @escaping (String) -> Void
    ) throws(ClientFailure) {
        var watches: [AddressWatch] = []
        var failure: ClientFailure?
        for target in AddressWatches.firstOfEachFamily(targets) {
            let family = target.address.family
            if case .explicit(let address) = stanza.allow, address.family != family {
                note("\(family) is left out: \(address) is to be allowed, and nothing else")
                continue
            }
            let server = servers.first { $0.address.family == family }
            do throws(ClientFailure) {
                watches.append(
                    try AddressWatch(
                        stanza, server: server ?? target, usesCache: usesCache,
                        mayAskForSource: server != nil,
                        note: note))
            } catch {
                note("\(family) is left out: \(error)")
                failure = failure ?? error
            }
        }
        guard !watches.isEmpty else {
            throw failure
                ?? ClientFailure(
                    .configuration,
                    "ALLOW_IP or -a names an address of a family that the host has none of; leave it out")
        }
        self.watches = watches
    }

    /// One endpoint of each family, in the order in which they come.
    private static func firstOfEachFamily(_ endpoints: [InternetEndpoint]) -> [InternetEndpoint] {
        var seen = Set<AddressFamily>()
        return endpoints.filter { seen.insert($0.address.family).inserted }
    }

    /// What the next knock asks for, in the order of the families.
    package var asked: [IPAddress] { watches.flatMap(\.asked) }

    /// What the sources of this run have said so far.
    package var findings: [AddressFinding] { watches.flatMap(\.findings) }

    /// Those of `endpoints` whose family something can be asked for.
    package func reachable(_ endpoints: [InternetEndpoint]) -> [InternetEndpoint] {
        endpoints.filter { endpoint in watches.contains { $0.family == endpoint.address.family } }
    }

    /// Returns once there is something to knock with, at `deadline` (nanoseconds of the ``MonotonicClock``) at the latest.
    /// What is known for one family does not wait for the other.
    package func settle(deadline: Int64) throws(ClientFailure) {
        if asked.isEmpty { try watches.first?.settle(deadline: deadline) }
        for watch in watches { watch.begin() }
    }

    /// The same for each family; an error where there is nothing to knock with for any.
    package func settleAll(deadline: Int64) throws(ClientFailure) {
        for watch in watches {
            do throws(ClientFailure) {
                try watch.settle(deadline: deadline)
            } catch {
                guard watches.count > 1 else { throw error }
            }
        }
        if asked.isEmpty { try settle(deadline: deadline) }
    }

    package var due: Int64? { watches.compactMap(\.due).min() }

    package func wait(in poller: inout Poller) { for watch in watches { watch.wait(in: &poller) } }

    package func advance() -> Bool {
        var isNew = false
        for watch in watches where watch.advance() { isNew = true }
        return isNew
    }

    package func willKnock(again: Bool) { for watch in watches { watch.willKnock(again: again) } }

    /// A connection stands, over `family`.
    package func opened(over family: AddressFamily) { for watch in watches { watch.opened(over: family) } }
}
