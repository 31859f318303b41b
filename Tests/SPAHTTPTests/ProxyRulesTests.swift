import SPAHTTP
import Testing

private func choice(_ host: String, _ variables: [String: String], port: UInt16 = 443) -> ProxyRules.Choice {
    ProxyRules.choice(host: host, port: port) { variables[$0] }
}

@Suite struct Proxies {
    @Test(
        arguments: [
            ("http://proxy.test:3128", "proxy.test", 3128, nil), ("proxy.test", "proxy.test", 80, nil),
            ("HTTP://proxy.test/", "proxy.test", 80, nil), ("10.0.0.1:8080/", "10.0.0.1", 8080, nil),
            ("http://[fd00::1]:3128", "fd00::1", 3128, nil), ("[fd00::1]", "fd00::1", 80, nil),
            ("http://me:a%40b%3Ac@proxy.test:1", "proxy.test", 1, "me:a@b:c"),
        ] as [(String, String, UInt16, String?)])
    func areReadFromTheEnvironment(_ text: String, _ host: String, _ port: UInt16, _ user: String?) throws {
        let proxy = try #require(ProxyServer(text))
        #expect((proxy.host, proxy.port) == (host, port) && proxy.credentials == user)
    }

    @Test(arguments: [
        "socks5://proxy.test:1080", "https://proxy.test", "http://", "http://:80", "proxy.test:0",
        "proxy.test:x",
        "proxy.test:65536", "proxy test", "-proxy", "http://a/b/c", "http://a%4@proxy", "http://a%zz@proxy",
        "pr\noxy",
    ])
    func areRefusedInOtherForms(_ text: String) {
        #expect(ProxyServer(text) == nil)
        #expect(choice("a.test", ["https_proxy": text]) == .unusable)
    }

    @Test func goBySmallLettersBeforeCapitals() throws {
        let (small, capital) = (try #require(ProxyServer("a:1")), try #require(ProxyServer("b:2")))
        #expect(choice("x.test", [:]) == .direct)
        #expect(choice("x.test", ["https_proxy": "a:1", "HTTPS_PROXY": "b:2"]) == .through(small))
        #expect(choice("x.test", ["https_proxy": "", "HTTPS_PROXY": "b:2"]) == .through(capital))
        #expect(choice("x.test", ["http_proxy": "a:1", "ALL_PROXY": "b:2"]) == .direct)
    }

    @Test(
        arguments: [
            ("*", "a.test", true), ("test", "a.test", true), (".test", "a.test", true),
            ("*.test", "a.test", true),
            ("a.test", "A.test", true), ("b.test, a.test", "a.test", true), ("b.test a.test", "a.test", true),
            ("a.test:443", "a.test", true), ("a.test:80", "a.test", false), ("x.a.test", "a.test", false),
            ("est", "a.test", false), ("", "a.test", false), (",", "a.test", false), (".", "a.test", false),
            ("10.0.0.0/8", "10.2.3.4", true), ("10.2.3.4", "10.2.3.4", true), ("3.4", "10.2.3.4", false),
            ("10.0.0.0/8", "11.2.3.4", false), ("10.2.3.4:444", "10.2.3.4", false),
        ])
    func haveExceptions(_ list: String, _ host: String, _ isExcepted: Bool) {
        for name in ["no_proxy", "NO_PROXY"] {
            let found = choice(host, ["https_proxy": "p:1", name: list])
            #expect((found == .direct) == isExcepted)
        }
    }
}

@Suite struct Requests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func nameTheHostAndThePortWhereItIsNotTheUsualOne() {
        let usual = text(HTTPRequest.get(host: "a.test", port: 443, path: "/ip", isSecure: true))
        #expect(usual.hasPrefix("GET /ip HTTP/1.1\r\nHost: a.test\r\n") && usual.hasSuffix("\r\n\r\n"))
        #expect(
            text(HTTPRequest.get(host: "a.test", port: 443, path: "/", isSecure: false)).contains(
                "Host: a.test:443\r\n"))
        #expect(
            text(HTTPRequest.connect(host: "::1", port: 443, credentials: nil)).hasPrefix(
                "CONNECT [::1]:443 HTTP/1.1\r\n"))
    }

    @Test(
        arguments: [
            ("HTTP/1.1 200 OK\r\n\r\n", true), ("HTTP/1.0 204 x\r\nContent-Length: 9999999\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\n", nil), ("", nil),
        ] as [(String, Bool?)])
    func getATunnel(_ answer: String, _ expected: Bool?) throws {
        let bytes = Array(answer.utf8)
        #expect(try HTTPRequest.isTunnel(bytes.span) == expected)
    }

    @Test(
        arguments: [
            ("HTTP/1.1 407 no\r\nContent-Length: 9999999\r\n\r\n", .refused(status: 407)),
            ("HTTP/1.1 200 OK\r\n\r\nx", .malformed), ("220 mail.test\r\n\r\n", .malformed),
            ("HTTP/1.1 302 x\r\n\r\n", .refused(status: 302)),
        ] as [(String, HTTPError)])
    func getNoneOtherwise(_ answer: String, _ expected: HTTPError) {
        let bytes = Array(answer.utf8)
        #expect(throws: expected) { try HTTPRequest.isTunnel(bytes.span) }
    }
}
