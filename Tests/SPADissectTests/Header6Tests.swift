import SPADissect
import SPANet
import Testing

@Suite struct IPv6Headers {
    typealias Extension = Frame6.Extension

    @Test func theDatagramIsFoundBehindItsHeaders() throws {
        let datagram = try Frame6().dissected()
        #expect(datagram.source.description == "2001:db8::2")
        #expect(datagram.destination.description == "2001:db8::1")
        #expect(datagram.sourcePort == 40000)
        #expect(datagram.destinationPort == 62201)
        #expect(datagram.payload == 48..<53)
    }

    @Test func everyShorterPieceOfTheFrameIsRefusedAndReadNoFurtherThanItGoes() {
        let bytes = Frame6(extensions: [Extension(kind: 0), Extension(kind: 60, units: 1)]).bytes
        for count in 0..<bytes.count {
            #expect(throws: DissectError.self, "\(count) bytes") {
                try FrameDissector.datagram(in: bytes.span.extracting(0..<count))
            }
        }
    }

    static let chains: [[Extension]] = [
        [Extension(kind: 0)],
        [Extension(kind: 43)],
        [Extension(kind: 60)],
        [Extension(kind: 60, units: 255)],
        [
            Extension(kind: 0, units: 1), Extension(kind: 60), Extension(kind: 43, units: 2),
            Extension(kind: 60),
        ],
        [Extension](repeating: Extension(kind: 60), count: 8),
    ]

    @Test("Extension headers are passed over", arguments: chains)
    func passedOver(_ chain: [Extension]) throws {
        let start = 48 + chain.reduce(0) { $0 + (Int($1.units) + 1) * 8 }
        #expect(try Frame6(extensions: chain).dissected().payload == start..<(start + 5))
    }

    @Test func paddingOfTheLinkLayerIsNoPayload() throws {
        let frame = Frame6(padding: [UInt8](repeating: 0xEE, count: 18))
        #expect(try frame.dissected().payload == 48..<53)
    }

    @Test func aDatagramMayBeEmpty() throws {
        #expect(try Frame6(payload: []).dissected().payload == 48..<48)
    }

    @Test func bytesBehindTheDatagramInItsPacketAreNoPayload() throws {
        #expect(try Frame6(udpLength: 10).dissected().payload == 48..<50)
    }

    static let lies: [(what: String, frame: Frame6, error: DissectError)] = [
        ("version 7", Frame6(version: 7), .notIP),
        ("IPv4 by its version alone", Frame6(version: 4), .headerLength),
        ("payload length 0", Frame6(payloadLength: 0), .udpLength),
        ("no room for a UDP header", Frame6(payloadLength: 7), .udpLength),
        ("a payload length beyond the frame", Frame6(payloadLength: 14), .truncated),
        ("the largest payload length", Frame6(payloadLength: .max), .truncated),
        ("UDP length 0", Frame6(udpLength: 0), .udpLength),
        ("UDP length 7", Frame6(udpLength: 7), .udpLength),
        ("UDP length one too long", Frame6(udpLength: 14), .udpLength),
        ("the largest UDP length", Frame6(udpLength: .max), .udpLength),
        ("TCP", Frame6(transport: 6), .tcpLength),
        ("ICMPv6", Frame6(transport: 58), .noTransport),
        ("no next header", Frame6(transport: 59), .noTransport),
        ("ESP", Frame6(transport: 50), .noTransport),
        ("an authentication header", Frame6(transport: 51), .noTransport),
        ("IPv6 inside IPv6", Frame6(transport: 41), .noTransport),
        ("a fragment, even a whole one", Frame6(extensions: [Extension(kind: 44)]), .fragment),
        (
            "a fragment behind options", Frame6(extensions: [Extension(kind: 60), Extension(kind: 44)]),
            .fragment
        ),
        (
            "hop-by-hop options in the second place",
            Frame6(extensions: [Extension(kind: 60), Extension(kind: 0)]),
            .extensionHeader
        ),
        (
            "nine headers", Frame6(extensions: [Extension](repeating: Extension(kind: 60), count: 9)),
            .extensionHeader
        ),
        (
            "a header longer than the packet", Frame6(extensions: [Extension(kind: 60, units: 9, size: 8)]),
            .extensionHeader
        ),
        (
            "a header of the greatest length", Frame6(extensions: [Extension(kind: 0, units: 255, size: 8)]),
            .extensionHeader
        ),
        (
            "a packet that ends in a header", Frame6(payloadLength: 7, extensions: [Extension(kind: 60)]),
            .extensionHeader
        ),
        (
            "a packet that ends behind a header", Frame6(payloadLength: 8, extensions: [Extension(kind: 60)]),
            .udpLength
        ),
    ]

    @Test("Each lie is named", arguments: lies)
    func named(_ what: String, _ frame: Frame6, _ error: DissectError) {
        #expect(throws: error, "\(what)") { try frame.dissected() }
    }

    @Test("What pads the frame is no part of a header", arguments: [1, 8, 64])
    func padded(_ count: Int) {
        let frame = Frame6(
            payloadLength: 20, extensions: [Extension(kind: 60, units: 3, size: 8)],
            padding: [UInt8](repeating: 17, count: count))
        #expect(throws: DissectError.extensionHeader) { try frame.dissected() }
    }

    @Test func randomBytesNeverStopTheProcessAndAPayloadLiesInsideItsFrame() {
        var rows = Rows(state: 6)
        var found = 0
        for _ in 0..<20_000 {
            let kinds: [UInt8] = [0, 43, 60, 44, 17, 6]
            var frame = Frame6()
            for _ in 0..<Int.random(in: 0...3, using: &rows) {
                frame.extensions.append(
                    Extension(
                        kind: kinds.randomElement(using: &rows) ?? 60,
                        units: UInt8.random(in: 0...2, using: &rows)))
            }
            var bytes = frame.bytes
            for _ in 0..<Int.random(in: 0...3, using: &rows) {
                bytes[Int.random(in: bytes.indices, using: &rows)] = UInt8.random(in: 0...255, using: &rows)
            }
            bytes.removeLast(Int.random(in: 0...3, using: &rows))
            guard let datagram = try? FrameDissector.datagram(in: bytes.span) else { continue }
            found += 1
            #expect(datagram.payload.lowerBound >= 28 && datagram.payload.upperBound <= bytes.count)
        }
        #expect(found > 200)
    }
}
