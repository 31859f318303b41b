package import SPANet

/// A first packet as far as a look at the rules needs it.
package struct AuditProbe: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// The first packet of a connection to this service.
        case new(Service)
        /// A later packet of a connection that is open already.
        case established(Service)
    }

    package var kind: Kind
    /// The interface that it comes in by.
    package var interface: String

    package init(_ kind: Kind, interface: String) { (self.kind, self.interface) = (kind, interface) }
}

/// What the rules do with a probe from an address that they do not name.
package enum AuditVerdict: Equatable, Sendable {
    case accepted, dropped
    /// Answered with a RST or an ICMP message: visible to a scanner.
    case rejected
    /// The rules use matches that this look does not understand.
    case unknown
}

/// Follows a packet of nobody in particular through the filter table, for the warnings at start.
///
/// Deliberately simple: it knows protocol, port, interface, connection state, SYN, and jumps. A rule that asks for anything
/// else (an address, a mark, a limit) is taken as not matching a stranger when it accepts, and as unknown when it drops.
package struct FirewallAudit {
    private let table: TableListing
    private let ownChain: String

    /// - Parameter ownChain: the chain of our grants, which is passed over.
    package init(_ table: TableListing, ownChain: String) { (self.table, self.ownChain) = (table, ownChain) }

    /// What becomes of `probe` in `chain`, the policy included.
    package func verdict(_ probe: AuditProbe, chain: String = "INPUT") -> AuditVerdict {
        if let verdict = walk(chain, probe, depth: 0) { return verdict }
        switch table.policies[chain] {
        case "DROP": return .dropped
        case "ACCEPT", nil: return .accepted
        default: return .unknown
        }
    }

    /// Whether a rule of `parent` decides about `probe` before it jumps to our chain, so that no grant can let it in.
    ///
    /// - Parameter position: where the jump is going to be put when there is none yet, from 1.
    package func isCutOff(_ probe: AuditProbe, parent: String, position: Int) -> Bool {
        let rules = table.rules(in: parent)
        let jump =
            rules.firstIndex { $0.arguments == "-j \(ownChain)" } ?? min(max(position - 1, 0), rules.count)
        var before = table
        before.rules = table.rules.filter { $0.chain != parent } + rules[..<jump]
        before.policies[parent] = "ACCEPT"
        switch FirewallAudit(before, ownChain: ownChain).verdict(probe, chain: parent) {
        case .dropped, .rejected: return true
        case .accepted, .unknown: return false
        }
    }

    private func walk(_ chain: String, _ probe: AuditProbe, depth: Int) -> AuditVerdict? {
        guard depth < 16 else { return .unknown }
        // Whether a rule that may match has left the chain: what drops behind it may not be reached.
        var mayHaveLeft = false
        for rule in table.rules(in: chain) {
            let parts = RuleParts(rule.arguments)
            guard let target = parts.target, target != ownChain else { continue }
            let answer = parts.applies(to: probe)
            guard answer != .no else { continue }
            if target == "RETURN" {
                if answer == .yes { return nil }
                mayHaveLeft = true
                continue
            }
            let verdict = verdict(of: target, probe, depth: depth)
            switch verdict {
            case nil:
                if parts.isGoto, answer == .yes { return nil }
            case .accepted:
                if answer == .yes { return .accepted }
            default:
                return answer == .yes && !mayHaveLeft ? verdict : .unknown
            }
        }
        return nil
    }

    /// What a rule's target does with the packet; nil where it goes on behind the rule.
    private func verdict(of target: String, _ probe: AuditProbe, depth: Int) -> AuditVerdict? {
        switch target {
        case "ACCEPT": .accepted
        case "DROP": .dropped
        case "REJECT": .rejected
        default: table.policies[target] == nil ? nil : walk(target, probe, depth: depth + 1)
        }
    }
}

/// One rule taken apart.
private struct RuleParts {
    enum Answer { case yes, no, maybe }

    var target: String?
    /// A jump that does not come back.
    var isGoto = false
    private var transport: String?
    private var destinationPorts: [ClosedRange<UInt16>]?
    private var interface: String?
    private var otherInterface: String?
    private var states: Set<String>?
    private var onlyFirst = false
    private var neverMatches = false
    private var hasOthers = false

    init(_ arguments: String) {
        var words = arguments.split(separator: " ").map(String.init)[...]
        while let word = words.popFirst() {
            switch word {
            case "-j": target = words.popFirst()
            case "-g": (target, isGoto) = (words.popFirst(), true)
            case "-p": transport = words.popFirst()
            case "-i": interface = words.popFirst()
            case "-m": _ = words.popFirst()
            case "--dport", "--dports": destinationPorts = words.popFirst().map(RuleParts.ports)
            case "--ctstate", "--state":
                states = words.popFirst().map { Set($0.split(separator: ",").map(String.init)) }
            case "--comment": RuleParts.skipComment(&words)
            case "--reject-with": _ = words.popFirst()
            // The chain is for packets to this host, so that this says nothing more.
            case "--dst-type" where words.first == "LOCAL": _ = words.popFirst()
            case "--dst-type" where words.first == "BROADCAST" || words.first == "MULTICAST":
                neverMatches = true
                _ = words.popFirst()
            case "--tcp-flags" where words.starts(with: ["FIN,SYN,RST,ACK", "SYN"]):
                onlyFirst = true
                words = words.dropFirst(2)
            case "!" where words.first == "-i":
                otherInterface = words.dropFirst().first
                words = words.dropFirst(2)
            case "!":
                hasOthers = true
                words = words.dropFirst(2)
            default: hasOthers = true
            }
        }
    }

    private static func skipComment(_ words: inout ArraySlice<String>) {
        guard let first = words.popFirst(), first.hasPrefix("\""), first.count == 1 || !closes(first) else {
            return
        }
        while let next = words.popFirst(), !closes(next) {}
    }

    /// Whether a comment ends here; a quote inside it has a backslash in front.
    private static func closes(_ word: String) -> Bool { word.hasSuffix("\"") && !word.hasSuffix("\\\"") }

    private static func ports(_ text: String) -> [ClosedRange<UInt16>] {
        text.split(separator: ",").compactMap { part in
            let ends = part.split(separator: ":", omittingEmptySubsequences: false)
            guard let low = UInt16(ends[0]) else { return nil }
            guard ends.count == 2 else { return low...low }
            guard let high = UInt16(ends[1]), low <= high else { return nil }
            return low...high
        }
    }

    /// `eth+` names every interface that begins so.
    private static func names(_ pattern: String, _ interface: String) -> Bool {
        pattern.hasSuffix("+") ? interface.hasPrefix(pattern.dropLast()) : interface == pattern
    }

    func applies(to probe: AuditProbe) -> Answer {
        let service: Service
        let state: String
        switch probe.kind {
        case .new(let asked): (service, state) = (asked, "NEW")
        case .established(let asked): (service, state) = (asked, "ESTABLISHED")
        }
        if neverMatches { return .no }
        if let transport, transport != "all", transport != service.transport.description { return .no }
        if let interface, !RuleParts.names(interface, probe.interface) { return .no }
        if let otherInterface, RuleParts.names(otherInterface, probe.interface) { return .no }
        if onlyFirst, state != "NEW" || service.transport != .tcp { return .no }
        if let destinationPorts, !destinationPorts.contains(where: { $0.contains(service.port) }) {
            return .no
        }
        if let states, !states.contains(state) { return .no }
        return hasOthers ? .maybe : .yes
    }
}
