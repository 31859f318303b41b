internal import SPABytes
internal import SPANet

/// Readers of addresses, networks and doors.
enum NetworkReader {
    /// SOURCE and DESTINATION: a list of `ANY`, addresses and networks; duplicates are harmless.
    ///
    /// `notes` gets a remark for networks whose address has bits behind the prefix.
    static func networks(
        _ value: Span<UInt8>, notes: inout [ValueFault]
    ) throws(ValueFault) -> [IPNetwork] {
        var list: [IPNetwork] = []
        for range in try ValueReader.elements(value) {
            let element = value.extracting(range)
            let found = try networks(element, at: range.lowerBound)
            if let slash = firstSlash(element), let network = found.first,
                let address = IPAddress(parsing: element.extracting(0..<slash)), network.base != address
            {
                notes.append(
                    ValueFault(
                        "the address has bits behind the prefix; \(network) is meant", at: range.lowerBound))
            }
            for network in found where !list.contains(network) { list.append(network) }
        }
        return list
    }

    private static func networks(_ element: Span<UInt8>, at offset: Int) throws(ValueFault) -> [IPNetwork] {
        if let network = IPNetwork(parsing: element) { return [network] }
        if element.count == 3, Words.string(element).uppercased() == "ANY" { return IPNetwork.any }
        let slash = firstSlash(element) ?? element.count
        let address = IPAddress(parsing: element.extracting(0..<slash))
        if slash < element.count {
            let rest = element.extracting((slash + 1)..<element.count)
            if Decimal.parse(rest, in: 0...0) != nil || IPv4Address(parsing: rest)?.bits == 0 {
                throw ValueFault("/0 is every address; write ANY", at: offset)
            }
            if let address {
                let mask =
                    address.width == 32
                    ? "neither 1 to 32 nor a contiguous mask" : "not a number from 1 to 128"
                throw ValueFault("the prefix is \(mask)", at: offset)
            }
        }
        for index in element.indices where element[index] == UInt8(ascii: ":") {
            let text = Words.string(element, 0..<slash)
            let hint = IPv6Address(text).map { $0.mappedIPv4.map(\.description) ?? $0.description }
            throw ValueFault(
                "not an IPv6 address in its usual spelling" + (hint.map { "; write \($0)" } ?? ""), at: offset
            )
        }
        for index in element.indices where Words.upper(element[index]) >= UInt8(ascii: "A") {
            throw ValueFault("a host name is not possible here; write its address or ANY", at: offset)
        }
        throw ValueFault("not an address, as in 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32", at: offset)
    }

    private static func firstSlash(_ element: Span<UInt8>) -> Int? {
        for index in element.indices where element[index] == UInt8(ascii: "/") { return index }
        return nil
    }

    /// OPEN_PORTS, RESTRICT_PORTS and ACCESS: a list of doors in their order; the protocol in any case.
    static func services(_ value: Span<UInt8>) throws(ValueFault) -> [Service] {
        var list: [Service] = []
        for range in try ValueReader.elements(value) {
            guard let service = Service(Words.string(value, range).lowercased()) else {
                throw ValueFault(
                    "not `tcp/PORT` or `udp/PORT` with a port from 1 to 65535; ranges are not possible, list each port",
                    at: range.lowerBound)
            }
            guard !list.contains(service) else {
                throw ValueFault("\(service) is in the list twice; remove one", at: range.lowerBound)
            }
            list.append(service)
        }
        return list
    }

    /// A host as in SPA_SERVER: an address or a host name.
    static func host(_ value: Span<UInt8>) throws(ValueFault) -> String {
        let name = try ValueReader.word(value, limit: 253)
        if IPAddress(name) != nil { return name }
        for index in value.indices {
            let byte = Words.upper(value[index])
            let isGood =
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            guard isGood else {
                throw ValueFault("not a host name or address; letters, digits, `-` and `.` only", at: index)
            }
        }
        guard value[0] != UInt8(ascii: "-"), value[0] != UInt8(ascii: ".") else {
            throw ValueFault("a host name starts with a letter or digit")
        }
        return name
    }

    /// STUN_SERVER: `host` or `host:port`, separated by commas.
    static func stunServers(_ value: Span<UInt8>) throws(ValueFault) -> [String] {
        var list: [String] = []
        for range in try ValueReader.elements(value) {
            let element = value.extracting(range)
            var colon = element.count
            for index in element.indices where element[index] == UInt8(ascii: ":") {
                colon = index
                break
            }
            do {
                _ = try host(element.extracting(0..<colon))
                if colon < element.count {
                    _ = try ValueReader.number(
                        element.extracting((colon + 1)..<element.count), in: 1...65535, "a port")
                }
            } catch {
                throw ValueFault("not `host` or `host:port`: \(error.reason)", at: range.lowerBound)
            }
            list.append(Words.string(element))
        }
        return list
    }
}
