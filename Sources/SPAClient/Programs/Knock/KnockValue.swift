internal import SPAConfig
internal import SPANet
internal import SPAWire

/// The values of options, read strictly: what fwknop would read half of is refused.
enum KnockValue {
    /// `tcp/22,udp/53`.
    static func services(_ text: String) throws(ClientFailure) -> [Service] {
        var services: [Service] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let service = Service(String(word)) else {
                throw ClientFailure(.usage, "-A has no list of ports; give one such as tcp/22,udp/53")
            }
            services.append(service)
        }
        return services
    }

    /// `-P`.
    static func transport(_ text: String) throws(ClientFailure) -> KnockTransport {
        if let found = KnockTransport(rawValue: text.lowercased()) { return found }
        let isForRoot = ["udpraw", "tcpraw", "icmp"].contains(text.lowercased())
        throw ClientFailure(
            isForRoot ? .other : .usage,
            isForRoot
                ? "-P: only root can send such packets, which this client does not do; give udp or syn"
                : "-P has no protocol that this client knows; give udp, tcp, http, syn or auto")
    }

    /// Canonical decimal digits within `range`.
    static func number(
        _ text: String, _ option: String, in range: ClosedRange<Int>
    ) throws(ClientFailure) -> Int {
        guard let number = Int(text), String(number) == text, range.contains(number) else {
            throw ClientFailure(
                .usage,
                "\(option) has no good number; give one from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    static func digest(_ text: String, _ option: String) throws(ClientFailure) -> DigestType {
        guard let digest = DigestType(word: text) else {
            let words = DigestType.allCases.map(\.word).joined(separator: ", ")
            throw ClientFailure(.usage, "\(option) has no known type; give one of \(words)")
        }
        return digest
    }

    /// Seconds from up to 8 digits, alone or with one of the units s, m, h, d.
    static func duration(_ text: String) throws(ClientFailure) -> Int64 {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let unit = text.last.flatMap { units[$0] }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard (1...8).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(digits)
        else {
            throw ClientFailure(.usage, "this is no time offset; give a number with s, m, h or d behind it")
        }
        return number * (unit ?? 1)
    }
}
