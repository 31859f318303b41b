internal import SPABytes

/// Readers of values that only `spad.conf` has.
enum ServerValues {
    /// PCAP_INTF: one name as the kernel allows them (IFNAMSIZ, netdevice(7)).
    static func interface(_ value: Span<UInt8>) throws(ValueFault) -> String {
        let name = try ValueReader.word(value, limit: 15)
        for index in value.indices {
            let byte = value[index]
            if byte == UInt8(ascii: "/") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "#") {
                throw ValueFault("not the name of one interface, as in eth0", at: index)
            }
        }
        return name
    }

    /// An account: a name as useradd(8) makes them, or a number. Root is refused.
    static func account(_ value: Span<UInt8>) throws(ValueFault) -> String {
        let name = try ValueReader.word(value, limit: 32)
        guard name != "root", name != "0" else {
            throw ValueFault("root is what this setting is there to avoid; name an account of its own")
        }
        if Decimal.parse(value, in: 1...4_294_967_294) != nil { return name }
        for index in value.indices {
            let byte = value[index]
            let isLetter =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
            let isLater =
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".")
            guard isLetter || index > 0 && isLater else {
                throw ValueFault("neither an account name nor a number", at: index)
            }
        }
        return name
    }

    /// ALLOW_MISSING_LAYERS: a comma list of layers of confinement.
    static func layers(_ value: Span<UInt8>) throws(ValueFault) -> Set<String> {
        let known = ["namespaces", "landlock", "seccomp"]
        var layers: Set<String> = []
        for element in try ValueReader.elements(value) {
            let word = Words.string(value, element)
            guard known.contains(word) else {
                throw ValueFault(
                    "not a layer; name some of namespaces, landlock, seccomp", at: element.lowerBound)
            }
            layers.insert(word)
        }
        return layers
    }

    /// FIREWALL_EXE: the path of an iptables; fwknop's other firewalls are refused.
    static func firewallProgram(_ value: Span<UInt8>) throws(ValueFault) -> String {
        let path = try ValueReader.absolutePath(value)
        if let program = path.split(separator: "/").last,
            ["firewall-cmd", "ipfw", "pfctl", "nft"].contains(program)
        {
            throw ValueFault(
                "known, not supported yet: \(program); name an iptables, as in /usr/sbin/iptables")
        }
        return path
    }

    /// IPT_INPUT_ACCESS: target, table, parent chain, jump position, chain, rule position.
    static func inputChain(_ value: Span<UInt8>) throws(ValueFault) -> ChainSettings {
        let fields = try ValueReader.elements(value)
        guard fields.count == 6 else {
            throw ValueFault(
                "\(fields.count) fields where 6 are due; write `ACCEPT, filter, INPUT, 1, FWKNOP_INPUT, 1`")
        }
        for field in fields {
            for index in field where !isChainByte(value[index]) {
                throw ValueFault("a field holds something else than letters, digits and `_`", at: index)
            }
        }
        let words = fields.map { $0.lowerBound }
        let text = Words.string(value)
        let parts = text.split(separator: ",").map { part in
            String(part.filter { $0 != " " && $0 != "\t" })
        }
        guard parts.count == 6, words.count == 6 else { throw ValueFault("6 fields are due") }
        guard parts[0] == "ACCEPT" else {
            throw ValueFault(
                "the target of a grant is ACCEPT; another one would not open the port", at: words[0])
        }
        guard parts[1] == "filter" else { throw ValueFault("the table is filter", at: words[1]) }
        for index in [2, 4] where parts[index].utf8.count > 28 {
            throw ValueFault("a chain name has at most 28 bytes", at: words[index])
        }
        guard parts[2] != parts[4] else {
            throw ValueFault("the own chain and the chain that jumps to it have the same name", at: words[4])
        }
        guard !["INPUT", "OUTPUT", "FORWARD", "ACCEPT", "DROP", "RETURN"].contains(parts[4]) else {
            throw ValueFault("the own chain has the name of a built-in one; use FWKNOP_INPUT", at: words[4])
        }
        let jump = try position(value.extracting(fields[3]), at: words[3])
        _ = try position(value.extracting(fields[5]), at: words[5])
        return ChainSettings(
            target: parts[0], table: parts[1], parent: parts[2], jumpPosition: jump, chain: parts[4])
    }

    private static func position(_ field: Span<UInt8>, at offset: Int) throws(ValueFault) -> UInt16 {
        guard let number = Decimal.parse(field, in: 0...65535) else {
            throw ValueFault("a position is a number from 0 to 65535", at: offset)
        }
        return UInt16(number)
    }

    private static func isChainByte(_ byte: UInt8) -> Bool {
        let upper = Words.upper(byte)
        return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(upper)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(upper) || upper == UInt8(ascii: "_")
    }

    /// The first `port N` of a pcap-filter(7) expression that is not a source port.
    static func knockPort(ofFilter filter: String) -> UInt16? {
        let words = filter.split { " \t()".contains($0) }
        for index in words.indices.dropLast() where words[index] == "port" {
            if index > 0, words[index - 1] == "src" { continue }
            let digits = Array(words[index + 1].utf8)
            if let port = Decimal.parse(digits.span, in: 1...65535) { return UInt16(port) }
        }
        return nil
    }
}
