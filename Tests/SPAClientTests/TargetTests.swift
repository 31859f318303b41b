import SPAClient
import SPAConfig
import SPANet
import Testing

@Suite struct HostNames {
    @Test(arguments: [
        "a", "my-server.example.org", "under_score", "192.0.2.1", "2001:db8::1", "fe80::1%eth0",
    ])
    func areTaken(_ text: String) { #expect(HostName(text)?.text == text) }

    @Test(arguments: [
        "", "-oProxyCommand=x", "-", "a b", "a;b", "$(id)", "`id`", "a|b", "a\n", "a\u{1b}[0m", "a'b", "a\"b",
        "a/b", "[host]",
        "ä.example", "a&b", "a>b", String(repeating: "a", count: 256),
    ])
    func areRefused(_ text: String) { #expect(HostName(text) == nil) }

    @Test func loseTheBracketsOfAnAddress() { #expect(HostName("[2001:db8::1]")?.text == "2001:db8::1") }
}

@Suite struct ProxyTargets {
    @Test(
        arguments: [
            ("host:22", "host", 22), ("192.0.2.1:2222", "192.0.2.1", 2222),
            ("[2001:db8::1]:22", "2001:db8::1", 22), ("[fe80::1%eth0]:22", "fe80::1%eth0", 22),
            ("host:65535", "host", 65535),
        ] as [(String, String, UInt16)])
    func comeInOneWord(_ text: String, _ host: String, _ port: UInt16) throws {
        let target = try ProxyTarget(joined: text)
        #expect(target.host.text == host)
        #expect(target.port == port)
    }

    @Test(arguments: [
        "", "host", "host:", ":22", "host:0", "host:65536", "host:022", "host:+22", "host:ssh",
        "2001:db8::1:22", "a b:22",
    ])
    func areRefused(_ text: String) {
        let failure = #expect(throws: ClientFailure.self) { try ProxyTarget(joined: text) }
        #expect(failure?.status == .usage)
    }
}

@Suite struct ProxyCommandLines {
    @Test func ofSshAreUnderstood() throws {
        let options = try ProxyOptions(["spa-proxy", "myserver", "22"])
        #expect(try options.action == .connect(ProxyTarget(host: "myserver", port: "22")))
        #expect(options.allow == nil)
    }

    @Test func passADescriptorOnlyWhereTheySaySo() throws {
        #expect(try !ProxyOptions(["spa-proxy", "h", "1"]).passesDescriptor)
        #expect(try ProxyOptions(["spa-proxy", "--fdpass", "h", "1"]).passesDescriptor)
    }

    @Test func mayHaveOptionsEverywhere() throws {
        let options = try ProxyOptions([
            "spa-proxy", "-vvn", "home", "--connect-timeout=3", "-s", "--", "h", "1",
        ])
        #expect(options.stanzaName == "home")
        #expect(options.verbosity == 2)
        #expect(options.connectTimeout == 3)
        #expect(options.allow == .source)
    }

    @Test(arguments: [
        [], ["h"], ["h", "1", "2"], ["-W", "h:1", "h"], ["-s", "-R", "h", "1"], ["-a", "1.2.3", "h", "1"],
        ["--connect-timeout", "0", "h", "1"], ["--connect-timeout", "601", "h", "1"], ["--", "-h", "1"],
        ["--nothing", "h", "1"],
    ])
    func areRefused(_ words: [String]) {
        let failure = #expect(throws: ClientFailure.self) { try ProxyOptions(["spa-proxy"] + words) }
        #expect(failure?.status == .usage)
        #expect(failure?.reason.contains("; ") == true, "what to do is missing")
    }

    @Test func neverRepeatAHostileName() {
        let failure = #expect(throws: ClientFailure.self) {
            try ProxyOptions(["spa-proxy", "a\u{1b}]0;x\u{7}", "22"])
        }
        #expect(failure?.reason.contains("\u{1b}") == false)
    }
}
