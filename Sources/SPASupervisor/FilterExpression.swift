internal import SPABytes
internal import SPAConfig

/// What the kernel is asked to let through, in words of pcap-filter(7): what the administrator wants, as far as its form and
/// length can be those of a packet.
enum FilterExpression {
    /// Length of a packet's text.
    private static let text: (least: Int, most: Int) = (140, 1499)
    private static let udpHeader = 8
    /// Most extension headers that the kernel follows: its filters know no loop.
    private static let extensionHeaders = 3

    /// The whole expression.
    static func text(_ settings: ServerSettings) -> String {
        var forms = [udpOverIPv4]
        if settings.opensIPv6 { forms.append(udpOverIPv6) }
        if settings.takesSyn { forms.append(synOverIPv4) }
        if settings.takesSyn, settings.opensIPv6 { forms.append(synOverIPv6) }
        var ways = ["(\(settings.captureFilter)) and (\(forms.joined(separator: " or ")))"]
        // What else an expression means for other packets than those that it names cannot be told, so that only the plain
        // one is taken further.
        if let port = plainPort(settings.captureFilter) {
            if settings.takesSyn { ways.append("tcp dst port \(port) and \(synOverIPv4)") }
            if settings.takesSyn, settings.opensIPv6 { ways.append("ip6[42:2] = \(port) and \(synOverIPv6)") }
            if settings.opensIPv6 { ways.append(behindExtensionHeaders(port)) }
        }
        return ways.map { "(\($0))" }.joined(separator: " or ")
    }

    private static let udpOverIPv4 = "(ip and udp and \(window("udp[4:2]", header: udpHeader)))"
    private static let udpOverIPv6 = "(ip6 and ip6[6] = 17 and \(window("ip6[44:2]", header: udpHeader)))"

    // SYN alone of the six flags of old. A length that would be below 0 is a very large one here.
    private static let synOverIPv4 =
        "(ip and tcp and tcp[13] & 0x3f = 2 and"
        + " \(window("(ip[2:2] - ((ip[0] & 0xf) << 2) - ((tcp[12] & 0xf0) >> 2))", header: 0)))"
    private static let synOverIPv6 =
        "(ip6 and ip6[6] = 6 and ip6[53] & 0x3f = 2 and"
        + " \(window("(ip6[4:2] - ((ip6[52] & 0xf0) >> 2))", header: 0)))"

    private static func window(_ length: String, header: Int) -> String {
        "\(length) >= \(text.least + header) and \(length) <= \(text.most + header)"
    }

    /// UDP datagrams to `port` behind one or a few headers for hop-by-hop options, routing or the destination; libpcap looks
    /// for a port right behind the IPv6 header only.
    private static func behindExtensionHeaders(_ port: UInt16) -> String {
        var chain = "ip6 and (ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 60)"
        var header = "40"
        var ways: [String] = []
        for _ in 0..<extensionHeaders {
            let next = "ip6[\(header)]"
            let end = "(\(header) + 8 + ip6[\(header) + 1] * 8)"
            let length = window("ip6[\(end) + 4 : 2]", header: udpHeader)
            ways.append("(\(chain) and \(next) = 17 and ip6[\(end) + 2 : 2] = \(port) and \(length))")
            chain += " and (\(next) = 43 or \(next) = 60)"
            header = end
        }
        return ways.joined(separator: " or ")
    }

    /// The port of an expression that says nothing else: `udp port 62201`, or `udp dst port 62201`.
    static func plainPort(_ filter: String) -> UInt16? {
        let words = filter.split { $0 == " " || $0 == "\t" }
        guard words.first == "udp", let last = words.last,
            ["udp port", "udp dst port"].contains(words.dropLast().joined(separator: " "))
        else { return nil }
        let digits = Array(last.utf8)
        return Decimal.parse(digits.span, in: 1...65_535).map { UInt16(truncatingIfNeeded: $0) }
    }
}
