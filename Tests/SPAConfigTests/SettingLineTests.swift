import SPAConfig
import Testing

@Suite struct SettingLines {
    static let rows: [(text: String, line: Int?)] = [
        ("", nil), ("PCAP_INTF eth0\n", nil), ("PCAP_FILTER udp\n", 1),
        ("# x\n\nPCAP_INTF eth0\n  PCAP_FILTER udp;\n", 4),
        ("#PCAP_FILTER udp\n", nil), ("PCAP_FILTER\n", nil), ("PCAP_FILTERS udp\n", nil),
        ("PCAP_FILTER udp\nVERBOSE 1\nPCAP_FILTER tcp\n", 3),
    ]

    @Test("The last line that sets a name is found", arguments: rows.indices)
    func found(_ index: Int) {
        let (text, line) = SettingLines.rows[index]
        let bytes = Array(text.utf8)
        #expect(SettingLine.find("PCAP_FILTER", in: bytes.span) == line)
    }
}
