import SPAFirewall
import Testing

@Suite struct Flavours {
    static let rows: [(text: String, flavour: ToolFlavour?)] = [
        ("iptables v1.8.9 (nf_tables)\n", .nfTables), ("ip6tables v1.8.9 (nf_tables)\n", .nfTables),
        ("ip6tables v1.8.9 (legacy)\n", .legacy), ("iptables v1.8.9 (legacy)\n", .legacy),
        ("iptables v1.6.1\n", .legacy), ("iptables v1.8.11 (nf_tables): note\n", nil), ("", nil),
        ("rubbish", nil),
        ("iptables v1.9 (other)", nil), ("nftables v1.0.6 (Lester Gooch #5)", nil),
        ("iptables 1.8.9 (legacy)", nil),
    ]

    @Test("The tool's own word tells its kind", arguments: rows)
    func flavour(_ text: String, _ flavour: ToolFlavour?) { #expect(ToolFlavour(version: text) == flavour) }
}
