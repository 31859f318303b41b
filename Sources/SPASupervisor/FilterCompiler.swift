internal import SPAChannel
internal import SPAConfig
internal import SPASystem

/// Has PCAP_FILTER compiled by `spad-filter`, so that no process that lives on carries libpcap.
enum FilterCompiler {
    /// The longest packet that can pass: 60 bytes of IP header, 60 of TCP header, the longest text.
    private static let longestPacket: UInt32 = 60 + 60 + 1499
    /// Room for the headers, which the administrator's MAX_SNIFF_BYTES does not think of.
    private static let headers: UInt32 = 120
    /// In milliseconds; a name of a host may stand in the filter, and a name server may be slow.
    private static let patience: Int64 = 20_000
    /// Who it runs as where nobody is chosen yet: nobody, by his usual number.
    private static let nobody: UInt32 = 65_534

    /// Bytes of a packet that are kept.
    static func packetSize(_ settings: ServerSettings) -> UInt32 {
        min(settings.snapLength + headers, longestPacket)
    }

    /// The complete filter of these settings, as ``HelperSetup`` wants it.
    ///
    /// - Parameters:
    ///   - place: where PCAP_FILTER stands, `file:line`.
    ///   - user: who compiles, where we are root; nil for nobody.
    static func program(
        _ settings: ServerSettings, place: String, user: UInt32?
    ) throws(ConfigurationFailure) -> [UInt8] {
        let expression = FilterExpression.text(settings)
        let outcome: ShortTool.Outcome
        do throws(StartFailure) {
            outcome = try run([String(packetSize(settings)), expression], user)
        } catch {
            throw ConfigurationFailure(lines: ["PCAP_FILTER cannot be compiled: \(error)"])
        }
        let words = LogBook.printable(String(decoding: outcome.errors, as: UTF8.self).trimmed)
        switch outcome.end {
        case .exited(status: 0): break
        case .exited(status: 1):
            throw ConfigurationFailure(lines: [
                "\(place): PCAP_FILTER: \(words); \(advice(settings.captureFilter))"
            ])
        case .exited(let status):
            throw ConfigurationFailure(
                lines: [
                    "\(place): PCAP_FILTER: spad-filter ended with status \(status) (\(words)); install it anew"
                ])
        case .killed(let signal):
            throw ConfigurationFailure(
                lines: [
                    "\(place): PCAP_FILTER: spad-filter was killed by signal \(signal); write addresses, not names, for a"
                        + " name server may not answer"
                ])
        }
        let count = outcome.output.count / 8
        guard outcome.output.count % 8 == 0, (1...HelperSetup.filterLimit).contains(count) else {
            throw ConfigurationFailure(
                lines: [
                    "\(place): PCAP_FILTER: \(count) instructions, where the kernel takes \(HelperSetup.filterLimit);"
                        + " write a shorter one"
                ])
        }
        return outcome.output
    }

    private static func run(_ arguments: [String], _ user: UInt32?) throws(StartFailure) -> ShortTool.Outcome
    {
        let program = try Children.programs() + "/spad-filter"
        do throws(SystemError) {
            return try ShortTool.run(
                program, arguments, user: CurrentProcess.effectiveUser == 0 ? user ?? nobody : nil,
                limit: HelperSetup.filterLimit * 8 + 8, patience: patience)
        } catch {
            throw StartFailure("\(error)")
        }
    }

    /// Words of pcap-filter(7) that speak of what the kernel has taken off before the filter sees a packet.
    private static let linkWords: Set<String> = [
        "ether", "link", "vlan", "mpls", "pppoes", "pppoed", "llc", "wlan", "fddi", "tr", "radio",
        "type", "subtype", "dir", "addr1", "addr2", "addr3", "addr4", "ra", "ta",
    ]

    private static func advice(_ filter: String) -> String {
        let words = filter.split { !$0.isLetter && !$0.isNumber && $0 != "." }
        guard let word = words.first(where: { linkWords.contains(String($0)) }) else {
            return "write it as pcap-filter(7) says, for example: udp port 62201"
        }
        return
            "a packet is seen from its IP header on, for what arrives on PCAP_INTF: leave out `\(word)` and what belongs"
            + " to it (for a VLAN, name its interface in PCAP_INTF)"
    }
}

extension String {
    /// Without white space at its end.
    fileprivate var trimmed: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
