internal import SPAConfig
internal import SPANet
internal import SPASystem

/// The words for the steps of a login.
enum LoginReport {
    /// What the knocks will ask for, and why from there.
    static func asksFor(
        _ plan: ProxyPlan, _ watches: [AddressWatch], _ report: Report
    ) {
        let networks = (try? NetworkInterfaces.networks()) ?? []
        let sources = watches.flatMap { watch in
            watch.asked.map { words($0, plan.stanza.allow, server: watch.server, networks) }
        }
        let services = plan.services.map(\.description).joined(separator: ",")
        report.say(1, "asks for \(services) from \(sources.joined(separator: ", and from "))")
    }

    /// One address, and where it is from.
    private static func words(
        _ address: IPAddress, _ wish: AllowAddress, server: IPAddress, _ networks: [InterfaceNetwork]
    ) -> String {
        if address.isUnspecified { return "the address that the packet comes from" }
        return switch AddressChoice(wish, server: server, networks: networks) {
        case .fixed, .source: "\(address), which ALLOW_IP or -a gives"
        case .interface(let name): "\(address), the address of the interface \(name)"
        case .onRoute: "\(address), our address on the route to \(server)"
        case .publicOne: "\(address), our public address"
        }
    }

    /// A knock that went out, or is on its way; `bytes` is the length of a packet.
    static func knocked(
        _ number: Int, _ carriers: [KnockCarrier], _ errands: [KnockErrand], bytes: Int, _ report: Report
    ) {
        let servers = distinct(errands.map(\.server))
        let asked = distinct(errands.map(\.address))
        let way = carriers.map(\.description).joined(separator: " and ")
        report.say(
            1, "knock \(number) sent by \(way), \(bytes) bytes, to \(list(servers)) for \(list(asked))")
    }

    private static func distinct<Item: Hashable>(_ items: [Item]) -> [Item] {
        var seen = Set<Item>()
        return items.filter { seen.insert($0).inserted }
    }

    /// Several of a kind, in one line.
    static func list(_ items: [some CustomStringConvertible]) -> String {
        items.map(\.description).joined(separator: ", ")
    }

    /// One event of the connection attempts.
    static func note(_ observation: ConnectObservation, _ facts: LoginFacts, _ report: Report) {
        switch observation {
        case .waiting: break
        case .started(let endpoint, let attempt):
            facts.noteAttempt(endpoint)
            report.say(2, "attempt \(attempt + 1) to connect to \(endpoint)")
        case .ended(let endpoint, let attempt, let error):
            facts.noteError(endpoint, error.reason)
            report.say(2, "attempt \(attempt + 1) to connect to \(endpoint): \(error.reason)")
        case .connected(let endpoint, let attempt):
            let time = facts.sinceKnock.map { ", \($0) after the first knock" } ?? ""
            report.say(1, "connected to \(endpoint) with attempt \(attempt + 1)\(time)")
        }
    }
}
