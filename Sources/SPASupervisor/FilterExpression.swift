internal import SPABytes
internal import SPAConfig

/// What the kernel is asked to let through, in words of pcap-filter(7): what the administrator wants, as far as its length can
/// be that of a packet.
enum FilterExpression {
    /// Length of a UDP datagram, header included, that can hold a packet: 8 + 140 to 8 + 1499 bytes.
    private static let datagram: (least: Int, most: Int) = (148, 1507)
    /// Most extension headers that the kernel follows: its filters know no loop.
    private static let extensionHeaders = 3

    /// The whole expression.
    static func text(_ settings: ServerSettings) -> String {
        let wanted = "(\(settings.captureFilter))"
        guard settings.opensIPv6 else { return "\(wanted) and \(udpOverIPv4)" }
        var ways = ["\(wanted) and (\(udpOverIPv4) or \(udpOverIPv6))"]
        // libpcap's `udp port` looks for the port right behind the IPv6 header only. What else an expression means there
        // cannot be told, so that only the plain one is taken further.
        if let port = plainPort(settings.captureFilter) { ways.append(behindExtensionHeaders(port)) }
        return ways.map { "(\($0))" }.joined(separator: " or ")
    }

    private static let udpOverIPv4 = "(ip and udp and \(window("udp[4:2]")))"
    private static let udpOverIPv6 = "(ip6 and ip6[6] = 17 and \(window("ip6[44:2]")))"

    private static func window(_ length: String) -> String {
        "\(length) >= \(datagram.least) and \(length) <= \(datagram.most)"
    }

    /// UDP datagrams to `port` behind one or a few headers for hop-by-hop options, routing or the destination.
    private static func behindExtensionHeaders(_ port: UInt16) -> String {
        var chain = "ip6 and (ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 60)"
        var header = "40"
        var ways: [String] = []
        for _ in 0..<extensionHeaders {
            let next = "ip6[\(header)]"
            let end = "(\(header) + 8 + ip6[\(header) + 1] * 8)"
            ways.append(
                "(\(chain) and \(next) = 17 and ip6[\(end) + 2 : 2] = \(port) and \(window("ip6[\(end) + 4 : 2]")))"
            )
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
