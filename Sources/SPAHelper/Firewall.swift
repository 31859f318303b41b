internal import SPAChannel
internal import SPAFirewall
internal import SPANet
internal import SPASystem

/// The firewall of this host: a table for each family of addresses, and a keeper for each that does not know of the other.
/// What IPv6 lacks, fails or hangs in holds up nothing of IPv4.
final class Firewall {
    let v4: FirewallKeeper
    /// Nil where there is no IPv6.
    private(set) var v6: FirewallKeeper?
    private let setup: HelperSetup

    init(_ v4: FirewallKeeper, _ v6: FirewallKeeper?, _ setup: HelperSetup) {
        (self.v4, self.v6, self.setup) = (v4, v6, setup)
    }

    private var keepers: [FirewallKeeper] { v6.map { [v4, $0] } ?? [v4] }

    func register(in poller: inout Poller) { for keeper in keepers { keeper.register(in: &poller) } }

    /// When to look again at the latest, on the boot clock.
    var nextLook: Int64? { keepers.compactMap(\.nextLook).min() }

    /// Who keeps the rules of this one's family; nil where nobody does.
    func keeper(of rule: GrantRule) -> FirewallKeeper? {
        switch rule.network.base {
        case .v4: v4
        case .v6: v6
        }
    }

    func guardServices(_ services: [Service]) { for keeper in keepers { keeper.guardServices(services) } }

    /// Goes on as far as possible. `moment` is the boot clock's.
    func advance(at moment: Int64) -> [(AddressFamily, [FirewallOutcome])] {
        keepers.map { ($0.tools.family, $0.advance(at: moment)) }
    }

    /// Lets go of IPv6; what becomes of what was ordered there.
    func giveUpIPv6(_ reason: String) -> [FirewallOutcome] {
        defer { v6 = nil }
        return v6?.giveUp(reason) ?? []
    }

    /// What keeps the work from going on, in words; nil where nothing does for long enough to speak of it.
    func waitsFor(at moment: Int64) -> String? {
        let reasons = keepers.compactMap { $0.waitsFor(at: moment) }
        return reasons.isEmpty ? nil : reasons.joined(separator: ", and for ")
    }

    /// What an administrator should know about a table.
    func warnings(_ table: TableListing, _ family: AddressFamily, guarded: [Service]) -> [String] {
        let warnings = StartWarnings(setup, family)
        return family == .v6 && !setup.opensIPv6
            ? warnings.open(table, ownChain: setup.chain, guarded: guarded)
            : warnings.lines(table, ownChain: setup.chain, guarded: guarded)
    }

    /// Takes everything of ours away, IPv4 first; lines for the log about what could not be.
    func remove() -> [HelperEvent] {
        let deadline = BootClock.now() + FirewallKeeper.farewell
        return keepers.compactMap { keeper in
            do throws(FirewallKeeper.Failure) {
                let foreign = try keeper.remove(until: deadline)
                guard foreign > 0 else { return nil }
                return .message(
                    .notice,
                    "\(foreign) rules of somebody else are in our chain or jump to it, so that it stays")
            } catch {
                return .message(.error, "taking the chain away failed: \(error.reason)")
            }
        }
    }
}
