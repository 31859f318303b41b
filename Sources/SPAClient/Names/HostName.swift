/// A host name or address that is safe to look up, to print, and to pass on.
///
/// Letters, digits and `. - _ : %` only, none of which a shell or a terminal takes for more than itself; not at the start
/// `-`, which would be an option elsewhere (CVE-2023-51385 is what happens without this check).
package struct HostName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Nil for anything else. Brackets around an IPv6 address are taken off.
    package init?(_ text: String) {
        var name = Substring(text)
        if name.hasPrefix("["), name.hasSuffix("]") {
            name = name.dropFirst().dropLast()
            guard name.contains(":") else { return nil }
        }
        guard (1...255).contains(name.utf8.count), name.first != "-", name.utf8.allSatisfy(HostName.isAllowed)
        else {
            return nil
        }
        self.text = String(name)
    }

    package var description: String { text }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "%"):
            true
        default: false
        }
    }
}

/// A TCP port from text.
enum PortNumber {
    /// 1 to 65535 in canonical decimal digits.
    static func read(_ text: String) -> UInt16? {
        guard let port = UInt16(text), port != 0, String(port) == text else { return nil }
        return port
    }
}
