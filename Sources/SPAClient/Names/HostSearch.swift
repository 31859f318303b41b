internal import SPAConfig
internal import SPANet
internal import SPASystem

/// From a host's name to its addresses, without waiting: a lookup for each family, side by side.
final class HostSearch {
    let host: HostName
    private(set) var answers: NameAnswers
    private let kind: ServerKind
    private let note: (String) -> Void
    private var lookups: [AddressFamily: NameLookup] = [:]

    /// Begins to look up `host`, a server of `kind` or a host behind one: packets to a stock server can ask for IPv4 alone, so
    /// nothing else is looked up there. `note` takes the lines of `-v`.
    init(_ host: HostName, kind: ServerKind, isForOneKnock: Bool = false, note: @escaping (String) -> Void) {
        (self.host, self.kind, self.note) = (host, kind, note)
        let literal = IPAddress(host.text)
        let families = literal.map { [$0.family] } ?? HostSearch.families(host, kind)
        answers = NameAnswers(asking: families, isForOneKnock: isForOneKnock)
        if let literal {
            if kind == .fwknop, literal.family == .v6 {
                answers.take(failure: "an IPv6 address", .v6)
            } else {
                answers.take([InternetEndpoint(literal, port: 0)], literal.family, now: 0)
            }
            return
        }
        // A number with an interface needs the resolver's help, but no name server's.
        if !host.text.contains(":") {
            note("looks up \(host)\(kind == .fwknop ? ", IPv4 alone, since SERVER_KIND is fwknop" : "")")
        }
        for family in families {
            do throws(SystemError) {
                lookups[family] = try NameLookup(host.text, family: family)
            } catch {
                answers.take(failure: error.description, family)
            }
        }
    }

    /// The families to ask for. IPv6 only where this machine has an address of it, or is alone with itself.
    private static func families(_ host: HostName, _ kind: ServerKind) -> Set<AddressFamily> {
        if kind == .fwknop { return [.v4] }
        if host.text.contains(":") { return [.v6] }
        let own = ((try? NetworkInterfaces.networks()) ?? []).map(\.address).filter { $0.scope != .loopback }
        let hasV6 = own.contains { $0.family == .v6 }
        return hasV6 || own.isEmpty ? [.v4, .v6] : [.v4]
    }

    /// When ``advance()`` is due even without an answer.
    var due: Int64? { answers.due }

    /// Adds the descriptors that it waits for.
    func wait(in poller: inout Poller) {
        for lookup in lookups.values { poller.add(lookup.number, .readable) }
    }

    /// Takes what has come; whether that changed anything.
    func advance() -> Bool {
        guard !lookups.isEmpty else { return false }
        answers.endDelay(now: MonotonicClock.now())
        let before = lookups.count
        for family in [AddressFamily.v6, .v4] {
            switch lookups[family]?.state() {
            case nil, .waiting: continue
            case .found(let addresses):
                answers.take(addresses, family, now: MonotonicClock.now())
                note("\(host) is \(addresses.map(\.address.description).joined(separator: ", "))")
            case .failed(let reason):
                answers.take(failure: reason, family)
                note("\(host) has no \(family) address: \(reason)")
            }
            lookups[family] = nil
        }
        return lookups.count != before
    }

    /// Whether something can still come.
    var isOpen: Bool { !answers.waiting.isEmpty }

    /// The addresses so far, in the order in which to try them.
    func endpoints(port: UInt16) -> [InternetEndpoint] {
        answers.endpoints(preferring: preferred).map {
            InternetEndpoint($0.address, port: port, scope: $0.scope)
        }
    }

    private lazy var preferredOfBoth: AddressFamily = {
        guard let six = answers.addresses(.v6).first, let four = answers.addresses(.v4).first,
            case .v6(let v6) = six.address, case .v4(let v4) = four.address
        else { return .v6 }
        return FamilyPreference.choose(
            v6: v6, from: HostSearch.own(to: six).flatMap { if case .v6(let own) = $0 { own } else { nil } },
            v4: v4, from: HostSearch.own(to: four).flatMap { if case .v4(let own) = $0 { own } else { nil } })
    }()

    private var preferred: AddressFamily {
        answers.families.count == 2 ? preferredOfBoth : answers.families.first ?? .v4
    }

    private static func own(to endpoint: InternetEndpoint) -> IPAddress? {
        // Any port will do: nothing is sent.
        try? OwnAddress.onRoute(to: InternetEndpoint(endpoint.address, port: 9, scope: endpoint.scope))
    }

    /// Why no address will come.
    var failure: ClientFailure? {
        guard let reason = answers.failure else { return nil }
        switch kind {
        case .sallyport:
            return ClientFailure(.lookup, "no address for \(host) (\(reason)); check name and network")
        case .fwknop:
            return ClientFailure(
                .lookup,
                "no IPv4 address for \(host) (\(reason)), and a knock at a stock server can ask for IPv4 only; check name"
                    + " and network, or set SERVER_KIND sallyport if it runs spad")
        }
    }

    /// For a search that `seconds` were not enough for.
    static func tooSlow(seconds: UInt32) -> ClientFailure {
        ClientFailure(
            .lookupDeadline,
            "names were not looked up within \(seconds) s; check the resolver and the network")
    }
}
