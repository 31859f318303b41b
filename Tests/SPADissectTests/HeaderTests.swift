import SPADissect
import SPANet
import Testing

@Suite struct Headers {
    @Test func theDatagramIsFoundBehindItsHeaders() throws {
        let datagram = try Frame().dissected()
        #expect(datagram.source.description == "203.0.113.2")
        #expect(datagram.destination.description == "203.0.113.1")
        #expect(datagram.sourcePort == 40000)
        #expect(datagram.destinationPort == 62201)
        #expect(datagram.payload == 28..<33)
    }

    @Test func everyShorterPieceOfTheFrameIsRefusedAndReadNoFurtherThanItGoes() {
        let bytes = Frame().bytes
        for count in 0..<bytes.count {
            #expect(throws: DissectError.self, "\(count) bytes") {
                try FrameDissector.datagram(in: bytes.span.extracting(0..<count))
            }
        }
    }

    @Test("A link header in front is no IP header", arguments: [14, 16, 20, 4])
    func linkHeader(_ count: Int) {
        let bytes = [UInt8](repeating: 2, count: count) + Frame().bytes
        #expect(throws: DissectError.notIP) { try FrameDissector.datagram(in: bytes.span) }
    }

    @Test("IP options are passed over", arguments: 1...10)
    func options(_ words: Int) throws {
        var frame = Frame()
        frame.options = [UInt8](repeating: 1, count: words * 4)
        frame.headerWords = UInt8(5 + words)
        let start = 28 + words * 4
        #expect(try frame.dissected().payload == start..<(start + 5))
    }

    @Test func paddingOfTheLinkLayerIsNoPayload() throws {
        var frame = Frame()
        frame.padding = [UInt8](repeating: 0xEE, count: 18)
        #expect(try frame.dissected().payload == 28..<33)
    }

    @Test func aDatagramMayBeEmpty() throws {
        var frame = Frame()
        frame.payload = []
        #expect(try frame.dissected().payload == 28..<28)
    }

    @Test func bytesBehindTheDatagramInItsPacketAreNoPayload() throws {
        var frame = Frame()
        frame.udpLength = 10
        #expect(try frame.dissected().payload == 28..<30)
    }

    static let lies: [(what: String, frame: Frame, error: DissectError)] = [
        ("version 5", Frame(version: 5), .notIP),
        ("version 0", Frame(version: 0), .notIP),
        ("no header", Frame(headerWords: 0), .headerLength),
        ("a header of 16 bytes", Frame(headerWords: 4), .headerLength),
        ("a header longer than the packet", Frame(headerWords: 15), .totalLength),
        ("total length 0", Frame(totalLength: 0), .totalLength),
        ("total length within the header", Frame(totalLength: 19), .totalLength),
        ("total length of the header alone", Frame(totalLength: 20), .udpLength),
        ("no room for a UDP header", Frame(totalLength: 27), .udpLength),
        ("total length beyond the frame", Frame(totalLength: 34), .truncated),
        ("the largest total length", Frame(totalLength: .max), .truncated),
        ("UDP length 0", Frame(udpLength: 0), .udpLength),
        ("UDP length 7", Frame(udpLength: 7), .udpLength),
        ("UDP length one too long", Frame(udpLength: 14), .udpLength),
        ("the largest UDP length", Frame(udpLength: .max), .udpLength),
        ("a first fragment", Frame(fragment: 0x2000), .fragment),
        ("a last fragment", Frame(fragment: 0x0001), .fragment),
        ("a middle fragment", Frame(fragment: 0x3FFF), .fragment),
        ("TCP", Frame(transport: 6), .tcpLength),
        ("ICMP", Frame(transport: 1), .noTransport),
    ]

    @Test("Each lie is named", arguments: lies)
    func named(_ what: String, _ frame: Frame, _ error: DissectError) {
        #expect(throws: error, "\(what)") { try frame.dissected() }
    }

    @Test("'Don't fragment' and the reserved bit make no fragment", arguments: [0x4000, 0x8000] as [UInt16])
    func flags(_ bits: UInt16) { #expect(throws: Never.self) { try Frame(fragment: bits).dissected() } }

    @Test("UDP length that ends within padding of the frame is still bound by the IP packet")
    func padded() {
        var frame = Frame(udpLength: 14)
        frame.padding = [0, 0, 0]
        #expect(throws: DissectError.udpLength) { try frame.dissected() }
    }
}

@Suite struct Anything {
    @Test func randomBytesNeverStopTheProcessAndAPayloadLiesInsideItsFrame() {
        var rows = Rows(state: 4)
        var found = 0
        for round in 0..<20_000 {
            var bytes = rows.bytes(Int.random(in: 0...90, using: &rows))
            if round % 2 == 0 {
                // A good frame with a few bytes changed comes further than noise.
                bytes = Frame().bytes
                for _ in 0..<Int.random(in: 0...4, using: &rows) {
                    bytes[Int.random(in: bytes.indices, using: &rows)] = UInt8.random(
                        in: 0...255, using: &rows)
                }
                bytes.removeLast(Int.random(in: 0...3, using: &rows))
            }
            guard let datagram = try? FrameDissector.datagram(in: bytes.span) else { continue }
            found += 1
            #expect(datagram.payload.lowerBound >= 28 && datagram.payload.upperBound <= bytes.count)
        }
        #expect(found > 200)
    }
}
