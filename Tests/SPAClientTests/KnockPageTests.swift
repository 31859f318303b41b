import SPAClient
import SPAConfig
import Testing

@Suite struct PagesOnTheCommandLine {
    private func stanza(_ words: [String]) throws -> ClientStanza {
        let options = try KnockOptions(["spa-knock", "-D", "192.0.2.1", "-A", "tcp/22"] + words)
        return try KnockPlan.stanza(nil, file: "", options: options)
    }

    @Test func meanThatOurAddressIsAskedFor() throws {
        let found = try stanza(["--resolve-url", "https://page.example:8443/ip"])
        #expect(found.allow == .resolve)
        #expect(
            found.addresses.page == WebAddress(isSecure: true, host: "page.example", port: 8443, path: "/ip"))
        #expect(found.addresses.kinds == [.https])
        let plain = try stanza(["--resolve-http-only"])
        #expect(plain.allow == .resolve && plain.addresses.isPlain)
    }

    @Test func leaveAnAddressThatIsGivenAlone() throws {
        #expect(try stanza(["--resolve-url", "https://a/", "-s"]).allow == .source)
        #expect(try stanza(["-R", "--resolve-url", "https://a/"]).allow == .resolve)
    }

    @Test(arguments: ["", "ftp://a/", "https://me@a/", "https://", "a b", "https://a:0/"])
    func areRefusedWhereTheyAreNone(_ text: String) {
        #expect(throws: ClientFailure.self) { try stanza(["--resolve-url", text]) }
    }

    @Test func doNotPromiseTLSAndRefuseIt() throws {
        #expect(throws: ClientFailure.self) {
            try stanza(["--resolve-url", "https://a/", "--resolve-http-only"])
        }
        #expect(try stanza(["--resolve-url", "http://a/", "--resolve-http-only"]).addresses.isPlain)
    }
}
