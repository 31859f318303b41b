import SPAClient
import SPAConfig
import SPANet
import SPASystem
import Testing

private let now: Int64 = 1_800_000_000
private let gateway = IPAddress("10.0.0.1")

private func network(_ own: String = "10.0.0.2", hardware: String? = "aa:bb:cc:dd:ee:ff") throws
    -> NetworkIdentity
{
    NetworkIdentity(
        interface: "eth0", gateway: gateway, own: try #require(IPAddress(own)), hardware: hardware)
}

private func entry(
    _ network: NetworkIdentity, _ address: String = "198.51.100.7", _ kind: AddressSourceKind = .stun,
    learned: Int64 = now, confirmed: Int64 = now
) throws -> AddressMemory.Entry {
    AddressMemory.Entry(
        network, try #require(IPv4Address(address)), kind, learned: learned, confirmed: confirmed)
}

private func read(_ text: String) -> AddressMemory? {
    let bytes = Array(text.utf8)
    return AddressMemory(decoding: bytes.span)
}

@Suite struct AddressMemories {
    @Test func areWrittenAndReadAgain() throws {
        var memory = AddressMemory()
        memory.put(try entry(try network()), now: now)
        memory.put(try entry(try network("10.0.0.3", hardware: nil), "192.0.2.1", .https), now: now)
        #expect(
            memory.encoded == """
                sallyport addresses 1
                192.0.2.1 https 1800000000 1800000000 eth0 10.0.0.1 10.0.0.3 -
                198.51.100.7 stun 1800000000 1800000000 eth0 10.0.0.1 10.0.0.2 aa:bb:cc:dd:ee:ff

                """)
        #expect(read(memory.encoded) == memory)
    }

    @Test func knowAnAddressForItsNetworkKindAndTime() throws {
        var memory = AddressMemory()
        let here = try network()
        memory.put(try entry(here, confirmed: now), now: now)
        func found(
            _ network: NetworkIdentity, _ kinds: [AddressSourceKind] = [.stun], at moment: Int64 = now,
            life: Int64 = 600
        ) -> Bool {
            memory.entry(for: network, kinds: kinds, now: moment, life: life) != nil
        }
        #expect(found(here) && found(here, at: now + 600))
        #expect(!found(here, at: now + 601) && !found(here, at: now - 1) && !found(here, [.https, .dns]))
        for other in [
            try network("10.0.0.9"), try network(hardware: nil), try network(hardware: "aa:bb:cc:dd:ee:00"),
        ] {
            #expect(!found(other))
        }
    }

    @Test func forgetAfterHalfADayHoweverOftenItWasConfirmed() throws {
        var memory = AddressMemory()
        let here = try network()
        memory.put(try entry(here, learned: now - 43_200), now: now)
        #expect(memory.entry(for: here, kinds: [.stun], now: now, life: 600) != nil)
        #expect(memory.entry(for: here, kinds: [.stun], now: now + 1, life: 86_400) == nil)
    }

    @Test func holdOneEntryForANetworkAndThirtyTwoInAll() throws {
        var memory = AddressMemory()
        for number in 0..<40 { memory.put(try entry(try network("10.0.1.\(number)")), now: now) }
        #expect(memory.entries.count == 32)
        let last = try network("10.0.1.39")
        memory.put(try entry(last, "192.0.2.1"), now: now)
        #expect(memory.entries.count == 32 && memory.entries.first?.address.description == "192.0.2.1")
        memory.remove(last)
        #expect(memory.entries.count == 31)
        memory.put(try entry(last, learned: now + 50_000, confirmed: now + 50_000), now: now + 50_000)
        #expect(memory.entries.count == 1)
        #expect(memory.encoded.utf8.count <= AddressMemory.sizeLimit)
    }

    static let line = "198.51.100.7 stun 1800000000 1800000000 eth0 10.0.0.1 10.0.0.2 -"

    @Test(arguments: [
        "", "sallyport addresses 1", "sallyport addresses 2\n\(line)\n", "\(line)\n",
        "sallyport addresses 1\n\(line)",
        "sallyport addresses 1\n\n\(line)\n", "sallyport addresses 1\r\n\(line)\r\n",
        "sallyport addresses 1\n\(line) \n", "sallyport addresses 1\n\(line) x\n",
        "sallyport addresses 1\n \(line)\n",
        "sallyport addresses 1\n10.1.1.1\(line.dropFirst(12))\n",
        "sallyport addresses 1\n198.51.100.07\(line.dropFirst(12))\n",
        "sallyport addresses 1\n198.51.100.7 ntp 1 1 eth0 10.0.0.1 10.0.0.2 -\n",
        "sallyport addresses 1\n198.51.100.7 stun -1 1 eth0 10.0.0.1 10.0.0.2 -\n",
        "sallyport addresses 1\n198.51.100.7 stun 01 1 eth0 10.0.0.1 10.0.0.2 -\n",
        "sallyport addresses 1\n198.51.100.7 stun +1 1 eth0 10.0.0.1 10.0.0.2 -\n",
        "sallyport addresses 1\n198.51.100.7 stun 99999999999999999999 1 eth0 10.0.0.1 10.0.0.2 -\n",
        "sallyport addresses 1\n198.51.100.7 stun 1 1 interface-too-long 10.0.0.1 10.0.0.2 -\n",
        "sallyport addresses 1\n198.51.100.7 stun 1 1 eth0 nowhere 10.0.0.2 -\n",
        "sallyport addresses 1\n198.51.100.7 stun 1 1 eth0 - - -\n",
        "sallyport addresses 1\n198.51.100.7 stun 1 1 ethö 10.0.0.1 10.0.0.2 -\n",
        "sallyport addresses 1\n" + String(repeating: "\(line)\n", count: 33),
    ])
    func areNothingUnlessTheyAreToTheLetter(_ text: String) { #expect(read(text) == nil) }

    @Test func bearAnyNumberForATime() throws {
        let line = "198.51.100.7 stun 0 \(Int64.max) eth0 10.0.0.1 10.0.0.2 -"
        let memory = try #require(read("sallyport addresses 1\n\(line)\n"))
        #expect(memory.entry(for: try network(hardware: nil), kinds: [.stun], now: now, life: 86_400) == nil)
    }
}

@Suite struct NetworkIdentities {
    static let table = """
        IP address       HW type     Flags       HW address            Mask     Device
        10.0.0.1         0x1         0x2         aa:bb:cc:dd:ee:ff     *        eth0
        10.0.0.3         0x1         0x0         00:00:00:00:00:00     *        eth0
        10.0.0.4         0x1         0x2

        """

    @Test(
        arguments: [
            ("10.0.0.1", "eth0", "aa:bb:cc:dd:ee:ff"), ("10.0.0.1", "eth1", nil), ("10.0.0.3", "eth0", nil),
            ("10.0.0.4", "eth0", nil), ("10.0.0.9", "eth0", nil),
        ] as [(String, String, String?)])
    func haveTheRoutersLinkAddressWhereItIsKnown(
        _ gateway: String, _ interface: String, _ hardware: String?
    ) throws {
        let route = Route(interface: interface, gateway: IPAddress(gateway), source: IPAddress("10.0.0.2"))
        let network = try #require(NetworkIdentity(route, neighbours: Self.table))
        #expect(network.hardware == hardware)
    }

    @Test func needAnInterfaceAndAnAddressOfOurs() {
        #expect(NetworkIdentity(Route(interface: "eth0", gateway: nil, source: nil), neighbours: "") == nil)
        let nameless = Route(interface: "", gateway: nil, source: IPAddress("10.0.0.2"))
        #expect(NetworkIdentity(nameless, neighbours: "") == nil)
    }
}
