internal import SPAConfig
internal import SPANet
internal import SPASystem

/// What goes on beside the connection attempts of a login: names are looked up, our address is found out, packets are sent.
/// What is known of one family does not wait for the other.
final class Approach: KnockCompanion {
    private let plan: ProxyPlan
    private let target: ProxyTarget
    private let host: HostSearch
    /// The same object as `host` where the packets go to that name, too.
    private let server: HostSearch
    private let recipe: KnockRecipe
    private let carriers: [KnockCarrier]
    private let watches: AddressWatches
    private let post = KnockPost()
    private let facts: LoginFacts
    private let report: Report
    /// What the race was told to connect to.
    private var given = Set<InternetEndpoint>()
    /// What was sent since the last time that everything was.
    private var sent = Set<KnockErrand>()
    /// Watches, by where their route leads, for which it was said what is asked for.
    private var told = Set<IPAddress>()
    private var lastFailure: KnockFailure?
    private var hasDelivered = false

    init(
        _ target: ProxyTarget, _ plan: ProxyPlan, _ recipe: KnockRecipe, _ facts: LoginFacts, _ report: Report
    ) throws(ClientFailure) {
        let stanza = plan.stanza
        guard let name = stanza.server.map({ HostName($0) }) ?? target.host else {
            throw ClientFailure(.configuration, "SPA_SERVER of its stanza is no host name; mend it")
        }
        (self.target, self.plan, self.recipe, self.facts, self.report) = (target, plan, recipe, facts, report)
        let note = { (line: String) in report.say(1, line) }
        host = HostSearch(target.host, kind: stanza.serverKind, note: note)
        server = name == target.host ? host : HostSearch(name, kind: stanza.serverKind, note: note)
        carriers = KnockCarrier.chosen(by: stanza, server: name)
        watches = AddressWatches(stanza) { report.say(1, "address: \($0)") }
        facts.address = watches
        facts.carriers = carriers
    }

    /// What keeps a login from its first knock.
    enum Obstacle {
        /// A name without an address so far.
        case name(HostName)
        case ownAddress
    }

    /// What has to come before the first knock; nil for nothing. An error where it will not come.
    func obstacle() throws(ClientFailure) -> Obstacle? {
        let now = MonotonicClock.now()
        for search in searches where !search.answers.isReady(now: now) {
            if let failure = search.failure { throw failure }
            return .name(search.host)
        }
        extend()
        if !watches.asked.isEmpty { return nil }
        if let failure = watches.failure {
            // The other family may have more luck.
            for search in searches where search.isOpen { return .name(search.host) }
            throw failure
        }
        return .ownAddress
    }

    /// The failure of a login whose time is over before its first knock.
    func tooLate(_ obstacle: Obstacle) -> ClientFailure {
        switch obstacle {
        // Where each name has an address, it was not for the names.
        case .name where searches.contains { $0.answers.families.isEmpty } || watches.watches.isEmpty:
            return HostSearch.tooSlow(seconds: plan.stanza.connectTimeout)
        case .name, .ownAddress:
            watches.giveUp()
            return watches.failure
                ?? ClientFailure(
                    .noPublicAddress,
                    "our public address was not found out within \(plan.stanza.connectTimeout) s; set ALLOW_IP"
                )
        }
    }

    /// Where packets are sent, the likeliest first.
    var servers: [InternetEndpoint] { server.endpoints(port: plan.stanza.serverPort) }

    /// The time is over: why nothing has got to the server at all; nil where something has.
    func undelivered() -> ClientFailure? {
        for failure in post.giveUp() { note(failure) }
        return hasDelivered ? nil : lastFailure.map { Approach.notSent($0.description) }
    }

    private static func notSent(_ reason: String) -> ClientFailure {
        ClientFailure(.knockNotSent, "the knock could not be sent \(reason); check the network")
    }

    /// A connection stands, over `family`.
    func opened(over family: AddressFamily) { watches.opened(over: family) }

    /// Whether a family without a route may be followed by one with more luck.
    private var mayComeMore: Bool {
        searches.contains(where: \.isOpen) || watches.isOpen
            || KnockErrand.all(servers, allowing: watches.asked).contains { !sent.contains($0) }
    }

    private var searches: [HostSearch] { host === server ? [host] : [host, server] }

    private func extend() {
        let servers = servers
        watches.extend(targets: host.endpoints(port: target.port), servers: servers)
        // The one that others can tell something about, where there is one.
        facts.server = servers.first { $0.address.family == .v4 } ?? servers.first
    }

    // Beside the connection attempts

    var due: Int64? {
        (searches.map(\.due) + [watches.due, post.due]).compactMap { $0 }.min()
    }

    func wait(in poller: inout Poller) {
        for search in searches { search.wait(in: &poller) }
        watches.wait(in: &poller)
        post.wait(in: &poller)
    }

    func advance() throws(ClientFailure) -> KnockNews {
        var news = KnockNews()
        for search in searches where search.advance() { news.callsForKnock = true }
        if news.callsForKnock, try obstacle() != nil { news.callsForKnock = false }
        if watches.advance() { news.callsForKnock = true }
        for outcome in post.advance() {
            switch outcome {
            case .delivered(let errand):
                hasDelivered = true
                news.delivered.insert(errand.address.family)
            case .failed(let failure): note(failure)
            }
        }
        if post.isEmpty, !hasDelivered, !mayComeMore, let lastFailure,
            lastFailure.error.code != ErrorCode.timedOut
        {
            throw Approach.notSent(lastFailure.description)
        }
        return news
    }

    func takeTargets() -> [InternetEndpoint] {
        watches.reachable(host.endpoints(port: target.port)).filter { given.insert($0).inserted }
    }

    func knock(_ occasion: KnockOccasion) throws(ClientFailure) -> Set<AddressFamily> {
        let isNews = occasion == .news
        watches.willKnock(again: occasion == .again)
        tellWhatIsAsked()
        let all = KnockErrand.all(servers, allowing: watches.asked)
        let errands = isNews ? all.filter { !sent.contains($0) } : all
        var bytes = 0
        for errand in errands {
            for carrier in carriers {
                let packet = try recipe.packet(allowing: errand.address, now: RealtimeClock.seconds())
                do throws(SystemError) {
                    if try post.send(packet, errand, by: carrier) { hasDelivered = true }
                    bytes = packet.count
                } catch {
                    note(KnockFailure(errand.server, carrier, error))
                }
            }
        }
        sent = isNews ? sent.union(errands) : Set(errands)
        guard bytes > 0 else {
            if errands.isEmpty && isNews || mayComeMore { return [] }
            throw Approach.notSent(lastFailure?.description ?? "to any address")
        }
        facts.noteKnock()
        LoginReport.knocked(facts.knocks, carriers, errands, bytes: bytes, report)
        return Set(errands.map(\.address.family))
    }

    private func note(_ failure: KnockFailure) {
        lastFailure = failure
        facts.noteFailure(failure)
        report.say(1, "the knock \(failure)")
    }

    private func tellWhatIsAsked() {
        let fresh = watches.watches.filter { !$0.asked.isEmpty && told.insert($0.server).inserted }
        if !fresh.isEmpty { LoginReport.asksFor(plan, fresh, report) }
    }
}
