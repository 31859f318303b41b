/// The two kinds of iptables, which speak to different parts of the kernel.
package enum ToolFlavour: Equatable, Sendable {
    /// Over nf_tables; its commits exclude each other in the kernel.
    case nfTables
    /// The older one; its commits exclude each other by a lock file, which is root's.
    case legacy

    /// Reads what `iptables -V` prints: `iptables v1.8.9 (nf_tables)`, or the same of `ip6tables`. Before 1.8 there was one kind, and no word for it.
    /// Nil for anything else.
    package init?(version text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 2, words[0].hasPrefix("iptables") || words[0].hasPrefix("ip6tables"),
            words[1].hasPrefix("v"), words.count <= 3
        else {
            return nil
        }
        switch words.count == 3 ? words[2] : "(legacy)" {
        case "(nf_tables)": self = .nfTables
        case "(legacy)": self = .legacy
        default: return nil
        }
    }
}
