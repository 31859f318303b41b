package import SPANet

/// The iptables or ip6tables rule of one grant, in the shape that fwknop gives it, with the kernel's own end added.
///
/// `-s S/32 -p tcp -m tcp --dport N -m time --datestart A --datestop B -m comment --comment _exp_E -j ACCEPT`
///
/// For more than one address, `-m conntrack --ctstate NEW,ESTABLISHED` stands before the time: such a rule makes the kernel
/// follow connections, and opens for none that the kernel does not follow.
///
/// `B` is included in the match and has whole seconds, so it is one second before the end `E`: the kernel stops matching at
/// `E`, whether any process of ours lives or not. `A` lies just before the rule's making, so that a clock set back does not
/// reopen the door for longer.
package struct GrantRule: Hashable, Sendable {
    /// Its family decides whose table the rule belongs into.
    package let network: IPNetwork
    package let service: Service
    /// First second of the match (seconds since 1970).
    package let start: Int64
    /// The second from which on nothing matches.
    package let end: Int64

    /// For one address alone.
    package init(source: IPAddress, service: Service, start: Int64, end: Int64) {
        self.init(network: IPNetwork(only: source), service: service, start: start, end: end)
    }

    package init(network: IPNetwork, service: Service, start: Int64, end: Int64) {
        self.network = network
        self.service = service
        self.start = start
        self.end = end
    }

    /// The rule's arguments, as `iptables-restore` takes them behind `-A CHAIN`.
    package var arguments: String {
        "-s \(network.base)/\(network.prefixLength) -p \(service.transport) -m \(service.transport)"
            + " --dport \(service.port)" + (network.isSingle ? "" : " -m conntrack --ctstate NEW,ESTABLISHED")
            + " -m time --datestart \(CalendarDate(epoch: start)) --datestop \(CalendarDate(epoch: end - 1))"
            + " -m comment --comment \(GrantRule.commentPrefix)\(end) -j ACCEPT"
    }

    /// fwknop's mark of a rule that ends; scripts look for it.
    package static let commentPrefix = "_exp_"

    /// Lengths of the prefixes that a rule of ours can have.
    private static func widths(of address: IPAddress) -> ClosedRange<Int> {
        switch address {
        case .v4: 24...32
        case .v6: 64...128
        }
    }

    /// Reads a rule from its arguments as a listing shows them; nil for every rule that we would have written otherwise.
    package init?(listed arguments: String) {
        // iptables-save quotes a comment or not, as its version pleases.
        let plain = arguments.filter { $0 != "\"" }
        var values: [Substring: Substring] = [:]
        let words = plain.split(separator: " ")
        for (option, value) in zip(words, words.dropFirst()) where option.hasPrefix("-") {
            values[option] = value
        }
        guard let source = values["-s"]?.split(separator: "/"), source.count == 2,
            let address = IPAddress(String(source[0])), let length = Int(source[1]),
            GrantRule.widths(of: address).contains(length),
            let network = IPNetwork(address, prefixLength: length),
            let service = Service("\(values["-p"] ?? "")/\(values["--dport"] ?? "")"),
            let start = CalendarDate(String(values["--datestart"] ?? "")),
            let mark = values["--comment"], mark.hasPrefix(GrantRule.commentPrefix),
            let end = Int64(mark.dropFirst(GrantRule.commentPrefix.count)), end > start.epoch
        else { return nil }
        self.init(network: network, service: service, start: start.epoch, end: end)
        guard self.arguments == plain else { return nil }
    }
}
