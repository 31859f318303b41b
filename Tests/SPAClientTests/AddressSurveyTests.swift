import SPAClient
import SPAConfig
import SPANet
import SPASystem
import Testing

@Suite struct AddressSurveys {
    /// Everybody is asked, and what each said is there: the one that answers, the one that lies, the one that cannot.
    @Test func haveAFindingForEachSource() throws {
        let text = """
            [door]
            KEY one
            HMAC_KEY two
            STUN_SERVER 127.0.0.1:9
            ADDRESS_COMMAND /bin/echo 198.51.100.7
            ADDRESS_DNS whoami.test/A@[2001:db8::1]
            """
        let bytes = Array(text.utf8)
        let rc = try ClientRCParser.parse(bytes.span, file: "rc").value
        let stanza = try rc.stanza(named: "door").value
        let server = InternetEndpoint(try #require(IPAddress("127.0.0.1")), port: 62201)
        let deadline = MonotonicClock.now() + 20_000_000_000
        let findings = AddressSurvey.ask(stanza, server: server, deadline: deadline)
        func outcome(_ prefix: String) -> AddressFinding.Outcome? {
            findings.first { $0.source.description.hasPrefix(prefix) }?.outcome
        }
        #expect(findings.count == 3)
        #expect(
            outcome("command /bin/echo")
                == .useless("198.51.100.7 is an address that stands in documents only"))
        #expect(outcome("STUN 127.0.0.1:9") == .failed("Connection refused"))
        #expect(outcome("DNS whoami.test") == .failed("an IPv6 server cannot see our IPv4 address"))
    }
}
