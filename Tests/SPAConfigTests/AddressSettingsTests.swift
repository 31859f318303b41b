import SPAConfig
import Testing

private func settings(_ lines: String) throws -> AddressSettings {
    let text = "[door]\nKEY one\nHMAC_KEY two\n\(lines)\n"
    return try rc(text).value.stanza(named: "door").value.addresses
}

@Suite struct AddressSourcesOfTheFile {
    @Test(
        arguments: [
            ("", [.stun, .https]), ("STUN_SERVER a", [.stun]), ("RESOLVE_URL https://a/", [.https]),
            ("RESOLVE_IP_HTTPS Y", [.https]), ("RESOLVE_IP_HTTP Y", [.https]),
            ("RESOLVE_HTTP_ONLY Y", [.https]),
            ("RESOLVE_IP_HTTPS N", [.stun, .https]), ("ADDRESS_DNS a.b/A@c", [.dns]),
            ("ADDRESS_COMMAND /bin/tell", [.command]),
            ("ADDRESS_DNS a.b/A@c\nSTUN_SERVER a\nADDRESS_COMMAND /t", [.command, .stun, .dns]),
            ("STUN_SERVER a\nADDRESS_SOURCES https", [.https]), ("ADDRESS_SOURCES none", []),
            ("ADDRESS_SOURCES DNS,stun", [.dns, .stun]),
        ] as [(String, [AddressSourceKind])])
    func areThoseThatALineIsAbout(_ lines: String, _ kinds: [AddressSourceKind]) throws {
        #expect(try settings(lines).kinds == kinds)
    }

    @Test(
        arguments: [
            ("https://a.test", WebAddress(isSecure: true, host: "a.test", port: 443, path: "/")),
            (
                "HTTPS://a.test:8443/x?y=z&q",
                WebAddress(isSecure: true, host: "a.test", port: 8443, path: "/x?y=z&q")
            ),
            ("http://192.0.2.1/", WebAddress(isSecure: false, host: "192.0.2.1", port: 80, path: "/")),
            (
                "https://[2001:db8::1]:444/",
                WebAddress(isSecure: true, host: "2001:db8::1", port: 444, path: "/")
            ),
        ])
    func takeAPage(_ url: String, _ expected: WebAddress) throws {
        #expect(try settings("RESOLVE_URL \(url)").page == expected)
    }

    @Test func takeQuestionsForResolvers() throws {
        let lines = "ADDRESS_DNS a.test/A@192.0.2.1,b.test/txt@ns.test:5300\nADDRESS_DNS c/CH-TXT@[::1]:53"
        #expect(
            try settings(lines).questions == [
                AddressDNS(name: "a.test", record: .a, server: "192.0.2.1", port: 53),
                AddressDNS(name: "b.test", record: .txt, server: "ns.test", port: 5300),
                AddressDNS(name: "c", record: .chaosTXT, server: "::1", port: 53),
            ])
    }

    @Test(
        arguments: [
            ("/bin/tell  -4 now", ["/bin/tell", "-4", "now"]),
            ("/bin/tell ; # x", ["/bin/tell", ";", "#", "x"]),
            ("tell 'a b' \"c\"", ["tell", "a b", "c"]),
            ("| tell 'a b' | tail -1; # all", ["/bin/sh", "-c", "tell 'a b' | tail -1; # all"]),
        ])
    func takeACommandWithAllOfItsLine(_ text: String, _ words: [String]) throws {
        #expect(try settings("ADDRESS_COMMAND \(text)").command == words)
    }

    @Test func rememberForTenMinutesAndFallBackUnlessToldOtherwise() throws {
        let usual = try settings("")
        #expect(usual.cacheLife == 600 && usual.fallsBack)
        let other = try settings("ADDRESS_CACHE 0\nSOURCE_FALLBACK N")
        #expect(other.cacheLife == 0 && !other.fallsBack)
    }
}
