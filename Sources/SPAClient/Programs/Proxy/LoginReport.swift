internal import SPAConfig
internal import SPANet
internal import SPASystem

/// The words for the steps of a login.
enum LoginReport {
    /// The names that have to be looked up: where a resolver hangs, this is the last line of the log.
    static func looksUp(_ host: HostName, _ server: HostName, _ report: Report) {
        for name in server == host ? [host] : [host, server]
        where IPAddress(name.text) == nil && !name.text.contains(":") {
            report.say(1, "looks up \(name)")
        }
    }

    /// The names, once they have addresses.
    static func lookedUp(
        _ host: HostName, _ endpoints: [InternetEndpoint], _ server: HostName, _ servers: [InternetEndpoint],
        _ report: Report
    ) {
        for (name, found) in server == host ? [(host, endpoints)] : [(host, endpoints), (server, servers)] {
            let addresses = found.map { $0.address.description }
            if addresses != [name.text] {
                report.say(1, "\(name) is \(addresses.joined(separator: ", "))")
            }
        }
    }

    /// What the knocks will ask for, and why from there.
    static func asksFor(
        _ plan: ProxyPlan, _ address: AddressWatches, _ report: Report
    ) {
        let networks = (try? NetworkInterfaces.networks()) ?? []
        let sources = address.watches.flatMap { watch in
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

    /// A knock that went out; `asked` is what for, and `bytes` is the length of a packet.
    static func knocked(
        _ number: Int, _ sender: KnockSender, _ asked: [IPAddress], bytes: Int, _ report: Report
    ) {
        report.say(
            1,
            "knock \(number) sent by \(sender.carriers.map(\.description).joined(separator: " and ")), \(bytes) bytes, "
                + "to \(list(sender.servers)) for \(list(asked))")
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
