import SPANet
import Testing

@testable import SPAConntrack

/// Classic BPF as the kernel runs it over a netlink message (net/core/filter.c), as far as the filter needs it. Nil for what
/// the kernel would not have taken.
private func passes(_ code: [ConnectionFilter.Instruction], _ message: [UInt8]) -> Bool? {
    func short(_ at: Int) -> Int { Int(message[at]) | Int(message[at + 1]) << 8 }
    func find(_ type: UInt32, _ start: Int, _ end: Int) -> UInt32 {
        var offset = start
        while end - offset >= 4, short(offset) >= 4, short(offset) <= end - offset {
            if short(offset + 2) & 0x3FFF == type { return UInt32(offset) }
            offset += (short(offset) + 3) & ~3
        }
        return 0
    }
    func load(_ at: Int, _ count: Int) -> UInt32? {
        guard at >= 0, at + count <= message.count else { return nil }
        return message[at..<(at + count)].reduce(0) { $0 << 8 | UInt32($1) }
    }
    var (a, x, cells, place, steps) = (UInt32(0), UInt32(0), [UInt32: UInt32](), 0, 0)
    while code.indices.contains(place) {
        let each = code[place]
        steps += 1
        place += 1
        switch each.code {
        case 0x00: a = each.value
        case 0x01: x = each.value
        case 0x07: x = a
        case 0x02: cells[each.value] = a
        case 0x60:
            guard let value = cells[each.value] else { return nil }
            a = value
        case 0x54: a &= each.value
        case 0x44: a |= each.value
        case 0x05: place += Int(each.value)
        case 0x15: place += Int(a == each.value ? each.yes : each.no)
        case 0x45: place += Int(a & each.value != 0 ? each.yes : each.no)
        case 0x20 where each.value == 0xFFFF_F00C: a = find(x, Int(a), message.count)
        case 0x20 where each.value == 0xFFFF_F010:
            guard Int(a) + 4 <= message.count, short(Int(a)) <= message.count - Int(a) else {
                a = 0
                continue
            }
            a = find(x, Int(a) + 4, Int(a) + short(Int(a)))
        case 0x30, 0x40, 0x48, 0x50:
            let count = each.code == 0x40 ? 4 : each.code == 0x48 ? 2 : 1
            guard let value = load(Int(each.value) + (each.code == 0x30 ? 0 : Int(x)), count) else {
                return false
            }
            a = value
        case 0x06: return each.value != 0
        default: return nil
        }
    }
    return nil
}

@Suite struct Filters {
    private func target(_ address: String, _ length: Int, _ service: String) throws -> ConnectionFilter.Target
    {
        let address = try #require(IPAddress(address))
        return ConnectionFilter.Target(
            network: try #require(IPNetwork(address, prefixLength: length)),
            service: try #require(Service(service)))
    }

    private func targets() throws -> [ConnectionFilter.Target] {
        [
            try target("192.0.2.0", 24, "tcp/22"), try target("198.51.100.128", 25, "udp/60000"),
            try target("2001:db8:1:2::", 64, "tcp/22"), try target("2001:db8:7:8:9000::", 68, "udp/53"),
            try target("2001:db8:5:6:7:8:9:a", 127, "tcp/443"),
        ]
    }

    /// Where from, transport, port, status; and whether it gets through.
    static let rows: [(String, UInt8, UInt16, UInt32, Bool)] = [
        ("192.0.2.9", 6, 22, 14, true), ("192.0.2.255", 6, 22, 14, true), ("192.0.3.0", 6, 22, 14, false),
        ("192.0.1.255", 6, 22, 14, false), ("192.0.2.9", 6, 23, 14, false),
        ("192.0.2.9", 17, 22, 14, false),
        ("192.0.2.9", 6, 22, 10, false), ("192.0.2.9", 6, 22, 0, false),
        ("198.51.100.128", 17, 60000, 10, true), ("198.51.100.127", 17, 60000, 10, false),
        ("198.51.100.200", 17, 60000, 8, false), ("198.51.100.200", 17, 60001, 10, false),
        ("192.0.2.9", 1, 22, 14, false), ("192.0.2.9", 132, 22, 14, false),
        ("2001:db8:1:2::9", 6, 22, 14, true), ("2001:db8:1:2:ffff::9", 6, 22, 14, true),
        ("2001:db8:1:3::9", 6, 22, 14, false), ("2001:db8:1:1::9", 6, 22, 14, false),
        ("3001:db8:1:2::9", 6, 22, 14, false),
        ("2001:db8:7:8:9fff::1", 17, 53, 10, true), ("2001:db8:7:8:a000::1", 17, 53, 10, false),
        ("2001:db8:5:6:7:8:9:b", 6, 443, 14, true), ("2001:db8:5:6:7:8:9:c", 6, 443, 14, false),
        ("2001:db8:5:6:7:8:9:8", 6, 443, 14, false), ("2001:db8:5:6:7:9:9:a", 6, 443, 14, false),
    ]

    @Test("Only what can matter gets through", arguments: rows)
    func row(_ source: String, _ transport: UInt8, _ port: UInt16, _ status: UInt32, _ through: Bool) throws {
        let filter = ConnectionFilter(try targets())
        let message = try Sample.change(from: source, transport: transport, port: port, status: status)
        #expect(passes(filter.instructions, message) == through)
    }

    @Test(
        "What is not assured gets through when it ends behind the handshake",
        arguments: [
            (10, 1, false), (10, 2, false), (10, 3, false), (10, 4, true), (10, 5, false), (10, 6, false),
            (10, 7, false),
            (10, 8, false), (10, 9, false), (8, 4, false), (10, nil, false), (14, nil, true), (14, 3, true),
        ] as [(UInt32, UInt8?, Bool)])
    func ends(_ status: UInt32, _ state: UInt8?, _ through: Bool) throws {
        for source in ["192.0.2.9", "2001:db8:1:2::9"] {
            let message = try Sample.change(from: source, status: status, state: state)
            #expect(passes(ConnectionFilter(try targets()).instructions, message) == through)
            #expect(passes(ConnectionFilter.ofAllThatHasComeUp.instructions, message) == through)
            let elsewhere = try Sample.change(from: source, port: 23, status: status, state: state)
            #expect(passes(ConnectionFilter(try targets()).instructions, elsewhere) == false)
        }
    }

    @Test func aMessageOfTheKernelGetsThrough() throws {
        #expect(
            passes(ConnectionFilter([try target("203.0.113.0", 24, "tcp/22")]).instructions, Sample.tcp)
                == true)
        #expect(
            passes(ConnectionFilter([try target("203.0.112.0", 24, "tcp/22")]).instructions, Sample.tcp)
                == false)
        #expect(passes(ConnectionFilter([]).instructions, Sample.tcp) == false)
    }

    @Test func whatCannotBeReadGetsThroughToWhoJudgesIt() throws {
        let filter = ConnectionFilter(try targets())
        #expect(passes(filter.instructions, Sample.message([])) == true)
        #expect(passes(filter.instructions, Sample.message(Sample.attribute(3, [0, 0, 0, 14]))) == true)
    }

    @Test func withTooManyTargetsEveryConnectionThatHasComeUpGetsThrough() throws {
        let many = try (0...ConnectionFilter.targetLimit).map { try target("192.0.\($0).0", 24, "tcp/22") }
        let filter = ConnectionFilter(many)
        #expect(passes(filter.instructions, try Sample.change(from: "203.0.113.1", port: 80)) == true)
        #expect(passes(filter.instructions, try Sample.change(from: "203.0.113.1", status: 10)) == false)
        let most = ConnectionFilter(many.dropLast())
        #expect(passes(most.instructions, try Sample.change(from: "192.0.63.7")) == true)
        #expect(passes(most.instructions, try Sample.change(from: "192.0.64.7")) == false)
    }

    @Test func theLargestProgramIsFarBelowTheKernelsLimit() throws {
        let many = try (0..<ConnectionFilter.targetLimit).map {
            try target("2001:db8:0:\($0)::", 127, "tcp/22")
        }
        let filter = ConnectionFilter(many)
        #expect(filter.instructions.count < 2048)
        #expect(filter.program.count == filter.instructions.count * 8)
    }
}
