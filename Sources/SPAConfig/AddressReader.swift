internal import SPABytes

extension WebAddress {
    /// A page in the words of RESOLVE_URL; nil for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let span = bytes.span
        do throws(ValueFault) { self = try AddressReader.page(span) } catch { return nil }
    }
}

/// Readers of the values that say where our public address comes from.
enum AddressReader {
    /// ADDRESS_SOURCES: a list of kinds, or `none`.
    static func sources(_ value: Span<UInt8>) throws(ValueFault) -> [AddressSourceKind] {
        if Words.string(value).lowercased() == "none" { return [] }
        var list: [AddressSourceKind] = []
        for range in try ValueReader.elements(value) {
            guard let kind = AddressSourceKind(rawValue: Words.string(value, range).lowercased()) else {
                throw ValueFault("not a list of stun, https, dns and command, nor none", at: range.lowerBound)
            }
            guard !list.contains(kind) else {
                throw ValueFault("\(kind.rawValue) is in the list twice; remove one", at: range.lowerBound)
            }
            list.append(kind)
        }
        return list
    }

    /// RESOLVE_URL: `https://host[:port][/path]`, or the same with `http`.
    static func page(_ value: Span<UInt8>) throws(ValueFault) -> WebAddress {
        let text = try ValueReader.word(value, limit: 500)
        let isSecure: Bool
        let start: Int
        if text.lowercased().hasPrefix("https://") {
            (isSecure, start) = (true, 8)
        } else if text.lowercased().hasPrefix("http://") {
            (isSecure, start) = (false, 7)
        } else {
            throw ValueFault("not a URL; write https://host/path")
        }
        var end = start
        while end < value.count, value[end] != UInt8(ascii: "/") { end += 1 }
        let authority = value.extracting(start..<end)
        for index in authority.indices where authority[index] == UInt8(ascii: "@") {
            throw ValueFault("a user name in a URL is not possible; remove it", at: start + index)
        }
        let (host, port) = try hostAndPort(authority, at: start)
        let path = Words.string(value, end..<value.count)
        return WebAddress(
            isSecure: isSecure, host: host, port: port ?? (isSecure ? 443 : 80),
            path: path.isEmpty ? "/" : path)
    }

    /// ADDRESS_DNS: a list of `name/A@server`, `name/TXT@server` or `name/CH-TXT@server`, a port behind the server.
    static func questions(_ value: Span<UInt8>) throws(ValueFault) -> [AddressDNS] {
        var list: [AddressDNS] = []
        for range in try ValueReader.elements(value) {
            let wrong = ValueFault(
                "not `name/A@server`, `name/TXT@server` or `name/CH-TXT@server`", at: range.lowerBound)
            let element = value.extracting(range)
            guard let slash = first("/", in: element), let at = first("@", in: element), slash < at,
                let record = AddressDNS.Record(
                    rawValue: Words.string(element, (slash + 1)..<at).uppercased())
            else { throw wrong }
            let name: String
            let server: (host: String, port: UInt16?)
            do {
                name = try NetworkReader.host(element.extracting(0..<slash))
                server = try hostAndPort(element.extracting((at + 1)..<element.count), at: 0)
            } catch { throw wrong }
            guard !name.contains(":") else { throw wrong }
            list.append(AddressDNS(name: name, record: record, server: server.host, port: server.port ?? 53))
        }
        return list
    }

    /// `host`, `host:port`, `[ipv6]` or `[ipv6]:port`.
    private static func hostAndPort(
        _ text: Span<UInt8>, at offset: Int
    ) throws(ValueFault) -> (host: String, port: UInt16?) {
        var hostEnd = text.count
        var hostRange = 0..<hostEnd
        if text.count > 0, text[0] == UInt8(ascii: "[") {
            guard let close = first("]", in: text) else { throw ValueFault("a `]` is missing", at: offset) }
            (hostRange, hostEnd) = (1..<close, close + 1)
        } else if let colon = first(":", in: text) {
            (hostRange, hostEnd) = (0..<colon, colon)
        }
        do throws(ValueFault) {
            let host = try NetworkReader.host(text.extracting(hostRange))
            guard hostEnd < text.count else { return (host, nil) }
            guard text[hostEnd] == UInt8(ascii: ":") else {
                throw ValueFault("a `:` and a port belong there")
            }
            let port = try ValueReader.number(
                text.extracting((hostEnd + 1)..<text.count), in: 1...65535, "a port")
            return (host, UInt16(clamping: port))
        } catch {
            throw ValueFault("not `host` or `host:port`: \(error.reason)", at: offset)
        }
    }

    private static func first(_ letter: Unicode.Scalar, in text: Span<UInt8>) -> Int? {
        for index in text.indices where text[index] == UInt8(ascii: letter) { return index }
        return nil
    }
}
