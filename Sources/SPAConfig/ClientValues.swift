internal import SPABytes
internal import SPANet

/// Readers of values that only `.fwknoprc` has.
enum ClientValues {
    /// SPA_SERVER_PROTO.
    static func transport(_ value: Span<UInt8>) throws(ValueFault) -> KnockTransport {
        let word = try ValueReader.word(value, limit: 40).lowercased()
        if let transport = KnockTransport(rawValue: word) { return transport }
        switch word {
        case "udpraw", "tcpraw", "icmp":
            throw ValueFault("known, not supported: only root can send such; use udp, tcp, http, syn or auto")
        default: throw ValueFault("unknown protocol; use udp, tcp, http, syn or auto")
        }
    }

    /// ALLOW_IP: an address, `source`, `resolve` or `interface:NAME`.
    static func allowAddress(_ value: Span<UInt8>) throws(ValueFault) -> AllowAddress {
        if let address = IPAddress(parsing: value) {
            return address.isUnspecified ? .source : .explicit(address)
        }
        let word = try ValueReader.word(value, limit: 40)
        if word.lowercased().hasPrefix("interface:") {
            let name = word.dropFirst(10)
            // IFNAMSIZ, and what the kernel takes for a name.
            guard (1...15).contains(name.utf8.count), !name.contains("/"), !name.contains(":") else {
                throw ValueFault("no name of an interface after the `:`; write interface:eth0")
            }
            return .interface(String(name))
        }
        switch word.lowercased() {
        case "source": return .source
        case "resolve": return .resolve
        default:
            throw ValueFault(
                "neither an address nor `source`, `resolve` or `interface:NAME`; write one of them")
        }
    }

    /// TIME_OFFSET: up to 8 digits and s, m, h or d (seconds without), after `-` for an earlier time.
    static func timeOffset(_ value: Span<UInt8>) throws(ValueFault) -> Int64 {
        let wrong = ValueFault("not a time like 30s, 5m, -2h or 1d; write up to 8 digits and s, m, h or d")
        guard value.count > 0 else { throw wrong }
        let isNegative = value[0] == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        var end = value.count
        var factor: Int64 = 1
        switch value[end - 1] {
        case UInt8(ascii: "s"): end -= 1
        case UInt8(ascii: "m"): (end, factor) = (end - 1, 60)
        case UInt8(ascii: "h"): (end, factor) = (end - 1, 3600)
        case UInt8(ascii: "d"): (end, factor) = (end - 1, 86400)
        default: break
        }
        guard start < end, let number = Decimal.parse(value.extracting(start..<end), in: 0...99_999_999)
        else {
            throw wrong
        }
        let seconds = Int64(number) * factor
        guard seconds <= 4_294_967_295 else {
            throw ValueFault("more than a packet's clock can hold; use less")
        }
        return isNegative ? -seconds : seconds
    }

    /// VERBOSE: Y, N or 0 to 10.
    static func verbosity(_ value: Span<UInt8>) throws(ValueFault) -> Int {
        if let number = Decimal.parse(value, in: 0...10) { return Int(number) }
        do { return try ValueReader.boolean(value) ? 1 : 0 } catch {
            throw ValueFault("neither Y nor N nor a number from 0 to 10; write one of them")
        }
    }

    /// SERVER_KIND: what the server understands.
    static func serverKind(_ value: Span<UInt8>) throws(ValueFault) -> ServerKind {
        switch try ValueReader.word(value, limit: 40).lowercased() {
        case "fwknop": return .fwknop
        case "sallyport": return .sallyport
        default: throw ValueFault("unknown kind of server; use fwknop or sallyport")
        }
    }
}
