import SPAClient
import SPAConfig
import SPANet
import SPASystem
import Testing

private let networks = [
    InterfaceNetwork(address: .v4(IPv4Address(bits: 0x7F00_0001)), prefixLength: 8),
    InterfaceNetwork(address: .v4(IPv4Address(bits: 0xCB00_7105)), prefixLength: 24),  // 203.0.113.5/24
    InterfaceNetwork(address: .v4(IPv4Address(bits: 0x0A08_0001)), prefixLength: 0),
]
private let own = IPAddress.v4(IPv4Address(bits: 0xC000_0205))

@Suite struct AddressChoices {
    @Test(
        arguments: [
            ("10.1.2.3", .onRoute), ("172.31.0.1", .onRoute), ("192.168.1.1", .onRoute),
            ("127.0.0.1", .onRoute),
            ("169.254.1.1", .onRoute), ("100.64.0.1", .onRoute), ("fd00::1", .onRoute), ("fe80::1", .onRoute),
            ("203.0.113.9", .onRoute), ("203.0.114.9", .publicOne), ("198.51.100.1", .publicOne),
            ("100.128.0.1", .publicOne),
            ("172.32.0.1", .publicOne), ("2001:db8::1", .publicOne),
        ] as [(String, AddressChoice)])
    func dependOnWhereTheServerIs(_ server: String, _ expected: AddressChoice) throws {
        let address = try #require(IPAddress(server))
        #expect(AddressChoice(.automatic, server: address, networks: networks) == expected)
    }

    @Test(
        arguments: [
            (.explicit(own), .fixed(own)), (.source, .source), (.resolve, .publicOne),
            (.interface("wg0"), .interface("wg0")),
        ] as [(AllowAddress, AddressChoice)])
    func followWhatWasSaid(_ wish: AllowAddress, _ expected: AddressChoice) throws {
        let near = try #require(IPAddress("10.1.2.3"))
        #expect(AddressChoice(wish, server: near, networks: networks) == expected)
    }
}

@Suite struct AddressVerdicts {
    private func judge(_ claim: String, for server: String) throws -> String {
        let address = try #require(IPAddress(claim))
        return try AddressVerdict.judge(address, server: try #require(IPAddress(server))).description
    }

    @Test(arguments: [
        "10.0.0.1", "172.16.0.1", "192.168.0.1", "127.0.0.1", "224.0.0.1", "0.0.0.0", "0.1.2.3", "100.64.0.1",
        "169.254.0.1", "240.0.0.1", "255.255.255.255", "2001:db8::1", "::ffff:9.9.9.9", "192.0.2.1",
        "198.51.100.7",
        "203.0.113.1", "198.18.0.1", "198.19.255.255",
    ])
    func takeNoLieForAPublicAddress(_ claim: String) {
        #expect(throws: AddressVerdict.Refusal.self) { try judge(claim, for: "9.9.9.9") }
    }

    @Test(arguments: ["9.9.9.8", "100.128.0.1", "198.17.0.1", "198.20.0.1", "192.0.3.1"])
    func takeAGlobalAddress(_ claim: String) throws { #expect(try judge(claim, for: "9.9.9.9") == claim) }

    @Test func takeAnExampleInAnExample() throws {
        #expect(try judge("198.51.100.7", for: "203.0.113.1") == "198.51.100.7")
        #expect(throws: AddressVerdict.Refusal.scope(.privateUse)) {
            try judge("10.0.0.1", for: "203.0.113.1")
        }
    }
}

@Suite struct RCFilePlaces {
    @Test(
        arguments: [
            ("x", "/h", "/c", ["x"]),
            (nil, "/h", nil, ["/h/.config/sallyport/rc", "/h/.fwknoprc"]),
            (nil, "/h", "/c", ["/c/sallyport/rc", "/h/.fwknoprc"]),
            (nil, "/h", "relative", ["/h/.config/sallyport/rc", "/h/.fwknoprc"]),
            (nil, nil, "/c", ["/c/sallyport/rc"]),
            (nil, nil, nil, []),
        ] as [(String?, String?, String?, [String])])
    func areTriedInOrder(_ option: String?, _ home: String?, _ config: String?, _ expected: [String]) {
        #expect(RCFile.candidates(option: option, home: home, configHome: config) == expected)
    }

    private static let homes: [(environment: String?, database: String?, home: String?)] = [
        ("/h", "/d", "/h"), ("/h", nil, "/h"), (nil, "/d", "/d"), ("", "/d", "/d"), ("h", "/d", "/d"),
        ("", "", nil), (nil, nil, nil), ("", nil, nil),
    ]

    @Test(arguments: homes)
    func takeAnAbsoluteHomeAlone(_ environment: String?, _ database: String?, _ home: String?) {
        #expect(RCFile.home(environment: environment, database: database) == home)
    }
}
