internal import SPABytes
internal import SPANet

/// A proxy as the environment names it.
package struct ProxyServer: Hashable, Sendable {
    package let host: String
    package let port: UInt16
    /// `user:password` for its Basic authentication.
    package let credentials: String?

    /// Reads `http://user:password@host:port/`, of which only the host is needed (port 80 then, as the URL's scheme says).
    /// Nil for another scheme and for what is no such text.
    package init?(_ text: String) {
        var rest = Substring(text)
        guard text.utf8.count <= 1024, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        if text.lowercased().hasPrefix("http://") { rest = rest.dropFirst(7) }
        // What is left of another scheme.
        if rest.contains("/"), !rest.hasSuffix("/") { return nil }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        if let at = rest.lastIndex(of: "@") {
            guard let plain = PercentCoding.decode(String(rest[..<at])) else { return nil }
            credentials = plain
            rest = rest[rest.index(after: at)...]
        } else {
            credentials = nil
        }
        guard let (host, port) = ProxyServer.hostAndPort(rest) else { return nil }
        (self.host, self.port) = (host, port ?? 80)
    }

    /// `host`, `host:port`, `[ipv6]`, `[ipv6]:port`.
    static func hostAndPort(_ text: Substring) -> (String, UInt16?)? {
        var host = text
        var port: UInt16?
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else { return nil }
            port = number
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, host.first != "-", !host.contains("["), !host.contains("/") else { return nil }
        return (String(host), port)
    }
}

/// Which proxy a secure request goes through, by the variables that programs agree on: `https_proxy` before
/// `HTTPS_PROXY`, with the exceptions of `no_proxy` or `NO_PROXY`.
package enum ProxyRules {
    package enum Choice: Hashable, Sendable {
        case direct
        case through(ProxyServer)
        /// A proxy is named that we cannot use. To go around it would be against somebody's will.
        case unusable
    }

    /// `variable` gives the value of an environment variable.
    package static func choice(host: String, port: UInt16, variable: (String) -> String?) -> Choice {
        guard let named = first(["https_proxy", "HTTPS_PROXY"], variable) else { return .direct }
        if let exceptions = first(["no_proxy", "NO_PROXY"], variable),
            isExcepted(host: host, port: port, exceptions)
        {
            return .direct
        }
        return ProxyServer(named).map { .through($0) } ?? .unusable
    }

    private static func first(_ names: [String], _ variable: (String) -> String?) -> String? {
        for name in names {
            if let value = variable(name), !value.isEmpty { return value }
        }
        return nil
    }

    /// Whether a list of `*`, names (which cover what lies below them), addresses and networks has the host in it.
    static func isExcepted(host: String, port: UInt16, _ list: String) -> Bool {
        let host = host.lowercased()
        let address = IPAddress(host)
        for entry in list.lowercased().split(whereSeparator: { $0 == "," || $0 == " " }) {
            if entry == "*" { return true }
            if let address {
                let bytes = Array(entry.utf8)
                if IPNetwork(parsing: bytes.span)?.contains(address) == true { return true }
            }
            guard let (name, only) = ProxyServer.hostAndPort(entry), only == nil || only == port else {
                continue
            }
            var domain = Substring(name)
            if domain.hasPrefix("*") { domain = domain.dropFirst() }
            if domain.hasPrefix(".") { domain = domain.dropFirst() }
            if !domain.isEmpty, host == domain || address == nil && host.hasSuffix(".\(domain)") {
                return true
            }
        }
        return false
    }
}

/// `%41` for `A`, in the part of a URL that names the user.
enum PercentCoding {
    /// Nil where a `%` is not followed by two hexadecimal digits.
    static func decode(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(Substring(rest.prefix(2))), radix: 16),
                rest.prefix(2).allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
