import SPADissect
import SPANet
import Testing

@Suite struct LinkLayers {
    /// Every link type with the header that stands in front of the same packet.
    static let headers: [(LinkType, [UInt8])] = [
        (.ethernet, Frame.ethernet), (.raw, []), (.rawIP, []), (.null, [2, 0, 0, 0]), (.null, [0, 0, 0, 2]),
        (.loop, [0, 0, 0, 2]), (.linuxCooked, [0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0]),
        (.linuxCooked2, [8, 0, 0, 0] + Array(repeating: 0, count: 16)),
        (.ethernet, Array(1...12) + [0x81, 0, 0, 5, 8, 0]),
        (.ethernet, Array(1...12) + [0x88, 0xA8, 0, 5, 0x81, 0, 0, 6, 8, 0]),
        (.linuxCooked, Array(repeating: 0, count: 14) + [0x81, 0, 0, 5, 8, 0]),
    ]

    @Test("The datagram is found behind every link header and up to two VLAN tags", arguments: headers)
    func found(_ link: LinkType, _ header: [UInt8]) throws {
        let start = header.count + 28
        let datagram = try Frame(link: header).dissected(as: link)
        #expect(datagram.source.description == "203.0.113.2")
        #expect(datagram.destination.description == "203.0.113.1")
        #expect(datagram.sourcePort == 40000)
        #expect(datagram.destinationPort == 62201)
        #expect(datagram.payload == start..<(start + 5))
    }

    @Test("Every shorter piece of the frame is refused, and read no further than it goes", arguments: headers)
    func truncated(_ link: LinkType, _ header: [UInt8]) throws {
        let bytes = Frame(link: header).bytes
        for count in 0..<bytes.count {
            #expect(throws: DissectError.self, "\(count) bytes") {
                try FrameDissector.datagram(in: bytes.span.extracting(0..<count), link: link)
            }
        }
    }

    static let others: [(LinkType, [UInt8])] = [
        (.ethernet, Array(1...12) + [0x86, 0xDD]), (.ethernet, Array(1...12) + [0x08, 0x06]),
        (.ethernet, Array(1...12) + [0, 46]),
        (.ethernet, Array(1...12) + [0x81, 0, 0, 5, 0x81, 0, 0, 5, 0x81, 0, 0, 5, 8, 0]),
        (.linuxCooked, Array(repeating: 0, count: 14) + [0x86, 0xDD]),
        (.linuxCooked2, [0x86, 0xDD] + Array(repeating: 0, count: 18)),
    ]

    @Test("Another network protocol, a length field, a third VLAN tag: not IPv4", arguments: others)
    func notIPv4(_ link: LinkType, _ header: [UInt8]) {
        #expect(throws: DissectError.notIPv4) { try Frame(link: header).dissected(as: link) }
    }

    @Test func theNumbersAreLibpcaps() {
        let numbers = LinkType.allCases.map(\.rawValue)
        #expect(numbers == [0, 1, 12, 101, 108, 113, 276])
        #expect(LinkType(rawValue: 127) == nil)
    }
}
