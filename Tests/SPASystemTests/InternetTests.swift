import SPANet
import SPASystem
import Testing

private func loopback() throws -> IPAddress { try #require(IPAddress("127.0.0.1")) }

@Suite struct InternetSockets {
    @Test func connectAndCarryBytes() throws {
        let listener = try InternetSocket(.tcp, .v4)
        try listener.bind(to: InternetEndpoint(loopback(), port: 0))
        try listener.listen()
        let here = try listener.localEndpoint()
        #expect(here.port != 0)
        let caller = try InternetSocket(.tcp, .v4)
        _ = try caller.connect(to: here)
        var poller = Poller()
        poller.add(caller.descriptor.number, .writable)
        try poller.wait(milliseconds: 60_000)
        #expect(caller.pendingError() == nil)
        caller.tuneForInteraction()
        poller.removeAll()
        poller.add(listener.descriptor.number, .readable)
        try poller.wait(milliseconds: 60_000)
        guard let callee = try listener.accept() else {
            Issue.record("nobody called")
            return
        }
        let word: [UInt8] = [1, 2]
        #expect(try caller.descriptor.send(word.span) == 2)
        try caller.shutdownWriting()
        var room = [UInt8](repeating: 0, count: 8)
        var span = room.mutableSpan
        poller.removeAll()
        poller.add(callee.descriptor.number, .readable)
        try poller.wait(milliseconds: 60_000)
        #expect(try callee.descriptor.tryRead(into: &span) == .bytes(2))
        try poller.wait(milliseconds: 60_000)
        #expect(try callee.descriptor.tryRead(into: &span) == .end)
    }

    @Test func tellThatNobodyListens() throws {
        let placeholder = try InternetSocket(.tcp, .v4)
        try placeholder.bind(to: InternetEndpoint(loopback(), port: 0))
        let there = try placeholder.localEndpoint()
        let caller = try InternetSocket(.tcp, .v4)
        var code: Int32? = nil
        do throws(SystemError) {
            _ = try caller.connect(to: there)
            var poller = Poller()
            poller.add(caller.descriptor.number, .writable)
            try poller.wait(milliseconds: 60_000)
            code = caller.pendingError()?.code
        } catch {
            code = error.code
        }
        #expect(code == ErrorCode.connectionRefused)
    }

    @Test func carryDatagramsWithTheirSender() throws {
        let one = try InternetSocket(.udp, .v4)
        let two = try InternetSocket(.udp, .v4)
        try one.bind(to: InternetEndpoint(loopback(), port: 0))
        try two.bind(to: InternetEndpoint(loopback(), port: 0))
        let word: [UInt8] = [4, 5, 6]
        try one.send(word.span, to: two.localEndpoint())
        var poller = Poller()
        poller.add(two.descriptor.number, .readable)
        try poller.wait(milliseconds: 60_000)
        var room = [UInt8](repeating: 0, count: 8)
        var span = room.mutableSpan
        let arrival = try #require(try two.receive(into: &span))
        #expect(arrival.count == 3)
        #expect(try arrival.from == one.localEndpoint())
        #expect(try two.receive(into: &span) == nil)
    }
}

@Suite struct Lookups {
    private func answer(_ host: String, _ family: AddressFamily) throws -> [String]? {
        let lookup = try NameLookup(host, family: family)
        var poller = Poller(capacity: 1)
        poller.add(lookup.number, .readable)
        try poller.wait(milliseconds: 60_000)
        guard case .found(let endpoints) = lookup.state() else { return nil }
        return endpoints.map(\.description)
    }

    @Test(
        arguments: [("127.0.0.1", "127.0.0.1:0", .v4), ("::1", "[::1]:0", .v6)]
            as [(String, String, AddressFamily)])
    func takeNumbers(_ host: String, _ expected: String, _ family: AddressFamily) throws {
        #expect(try answer(host, family) == [expected])
    }

    @Test func keepToTheFamily() throws { #expect(try answer("127.0.0.1", .v6) == nil) }

    @Test func findTheLoopbackNetwork() throws {
        let networks = try NetworkInterfaces.networks()
        #expect(
            networks.contains(InterfaceNetwork(address: try loopback(), prefixLength: 8, interface: "lo")))
    }

    @Test(arguments: [
        ("192.0.2.130", 25, "192.0.2.129", true), ("192.0.2.130", 25, "192.0.2.1", false),
        ("192.0.2.1", 32, "192.0.2.1", true), ("192.0.2.1", 32, "192.0.2.2", false),
        ("192.0.2.1", 0, "8.8.8.8", true), ("2001:db8::1", 64, "2001:db8::2:1", true),
        ("2001:db8::1", 64, "2001:db8:0:1::1", false), ("2001:db8::1", 127, "2001:db8::2", false),
        ("2001:db8::1", 128, "2001:db8::1", true), ("192.0.2.1", 0, "2001:db8::1", false),
    ])
    func compareNetworks(_ own: String, _ prefix: Int, _ other: String, _ expected: Bool) throws {
        let network = InterfaceNetwork(address: try #require(IPAddress(own)), prefixLength: prefix)
        #expect(network.contains(try #require(IPAddress(other))) == expected)
    }
}
