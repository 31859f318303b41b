import SPAClient
import SPAConfig
import SPANet
import SPASystem
import Testing

private func endpoints(_ texts: [String]) throws -> [InternetEndpoint] {
    try texts.map { InternetEndpoint(try #require(IPAddress($0)), port: 22) }
}

@Suite struct Errands {
    private func plan(_ servers: [String], _ addresses: [String]) throws -> [String] {
        let addresses = try addresses.map { try #require(IPAddress($0)) }
        return KnockErrand.all(try endpoints(servers), allowing: addresses).map {
            "\($0.address) over \($0.server.address)"
        }
    }

    @Test func goOverTheFamilyOfWhatTheyAskFor() throws {
        #expect(
            try plan(["2001:db8::1", "192.0.2.1"], ["2001:db8::9", "192.0.2.9"]) == [
                "2001:db8::9 over 2001:db8::1", "192.0.2.9 over 192.0.2.1",
            ])
    }

    @Test func goOverTheOtherWhereTheServerHasNoneOfIt() throws {
        #expect(try plan(["192.0.2.1"], ["2001:db8::9"]) == ["2001:db8::9 over 192.0.2.1"])
    }

    @Test func askForTheSourceOverItsOwnFamilyAlone() throws {
        #expect(try plan(["192.0.2.1"], ["::"]) == [])
        #expect(try plan(["192.0.2.1", "2001:db8::1"], ["::"]) == [":: over 2001:db8::1"])
    }
}

@Suite struct AddressesPerFamily {
    private func stanza(_ allow: AllowAddress) -> ClientStanza {
        var stanza = ClientStanza()
        (stanza.serverKind, stanza.allow) = (.sallyport, allow)
        return stanza
    }

    private func watches(
        _ allow: AllowAddress, _ targets: [InternetEndpoint], _ servers: [InternetEndpoint]
    ) -> AddressWatches {
        let watches = AddressWatches(stanza(allow)) { _ in }
        watches.extend(targets: targets, servers: servers)
        return watches
    }

    @Test func leaveOutTheFamilyThatIsNotToBeAllowed() throws {
        let address = try #require(IPAddress("2001:db8::9"))
        let both = try endpoints(["127.0.0.1", "::1"])
        let watches = watches(.explicit(address), both, both)
        #expect(watches.asked == [address])
        #expect(watches.reachable(both) == [both[1]])
    }

    @Test func askForTheSourceOfEach() throws {
        let both = try endpoints(["::1", "127.0.0.1"])
        #expect(watches(.source, both, both).asked == [.v6(.unspecified), .v4(.unspecified)])
    }

    @Test func takeInAFamilyThatComesLater() throws {
        let both = try endpoints(["127.0.0.1", "::1"])
        let watches = watches(.source, [both[0]], [both[0]])
        #expect(watches.asked == [.v4(.unspecified)])
        watches.extend(targets: both, servers: both)
        #expect(watches.asked == [.v4(.unspecified), .v6(.unspecified)])
    }

    @Test func cannotAskForTheSourceOfAPacketThatIsNotSent() throws {
        let both = try endpoints(["::1", "127.0.0.1"])
        let watches = watches(.source, both, [both[1]])
        #expect(watches.asked == [.v4(.unspecified)])
        #expect(watches.failure == nil)
        watches.extend(targets: both, servers: both)
        #expect(watches.asked == [.v4(.unspecified), .v6(.unspecified)])
        let none = self.watches(.source, [both[0]], [both[1]])
        #expect(none.asked.isEmpty)
        #expect(none.failure?.status == .configuration)
    }
}

@Suite struct Carriers {
    @Test(
        arguments: [
            (.udp, .fwknop, [.udp]), (.tcp, .fwknop, [.tcp]), (.http, .fwknop, [.http(host: "door")]),
            (.syn, .fwknop, [.syn]), (.auto, .fwknop, [.udp]), (.auto, .sallyport, [.udp, .syn]),
            (.syn, .sallyport, [.syn]),
        ] as [(KnockTransport, ServerKind, [KnockCarrier])])
    func followTheStanza(
        _ transport: KnockTransport, _ kind: ServerKind, _ expected: [KnockCarrier]
    ) throws {
        var stanza = ClientStanza()
        (stanza.transport, stanza.serverKind) = (transport, kind)
        #expect(KnockCarrier.chosen(by: stanza, server: try #require(HostName("door"))) == expected)
        #expect(stanza.transportFault == nil)
    }

    @Test(arguments: [
        ("door", "GET /ab-_9 HTTP/1.1\r\nUser-Agent: Fwknop/2.6.10\r\nAccept: */*\r\nHost: door\r\n"),
        ("::1", "GET /ab-_9 HTTP/1.1\r\nUser-Agent: Fwknop/2.6.10\r\nAccept: */*\r\nHost: [::1]\r\n"),
    ])
    func writeARequestAsTheStockClientDoes(_ host: String, _ expected: String) {
        let request = PageKnock.request(Array("ab+/9".utf8), host: host)
        #expect(String(decoding: request, as: UTF8.self) == expected + "Connection: close\r\n\r\n")
    }
}
