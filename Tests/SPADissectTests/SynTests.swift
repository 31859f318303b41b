import SPADissect
import SPANet
import Testing

/// A TCP segment inside an IP packet, each part of which may lie.
struct Segment: Sendable {
    var overIPv6 = false
    var headerWords: UInt8 = 5
    var flags: UInt8 = 0x02
    var options: [UInt8] = []
    var payload: [UInt8] = Array("hello".utf8)
    /// Bytes that are missing at the end of packet and frame.
    var lacking = 0
    var padding: [UInt8] = []

    var bytes: [UInt8] {
        var tcp: [UInt8] = [0x9C, 0x40, 0xF2, 0xF9, 0, 0, 0, 1, 0, 0, 0, 0, headerWords << 4, flags]
        tcp += [0xFA, 0xF0, 0, 0, 0, 0] + options + payload
        tcp.removeLast(min(lacking, tcp.count))
        if overIPv6 {
            var header: [UInt8] = [0x60, 0, 0, 0, UInt8(tcp.count >> 8), UInt8(tcp.count & 255), 6, 64]
            for last in [2, 1] as [UInt8] {
                header += [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [last]
            }
            return header + tcp + padding
        }
        let total = 20 + tcp.count
        let header: [UInt8] = [0x45, 0, UInt8(total >> 8), UInt8(total & 255), 0, 1, 0x40, 0, 64, 6, 0, 0]
        return header + [203, 0, 113, 2, 203, 0, 113, 1] + tcp + padding
    }

    /// Where the TCP header begins.
    var start: Int { overIPv6 ? 40 : 20 }

    func dissected() throws(DissectError) -> Datagram {
        let bytes = bytes
        return try FrameDissector.datagram(in: bytes.span)
    }
}

@Suite struct Syns {
    @Test("The payload is found behind the headers", arguments: [false, true])
    func found(_ overIPv6: Bool) throws {
        let segment = Segment(overIPv6: overIPv6)
        let datagram = try segment.dissected()
        #expect(datagram.transport == .tcp)
        #expect(datagram.source.description == (overIPv6 ? "2001:db8::2" : "203.0.113.2"))
        #expect(datagram.destination.description == (overIPv6 ? "2001:db8::1" : "203.0.113.1"))
        #expect(datagram.sourcePort == 40000)
        #expect(datagram.destinationPort == 62201)
        #expect(datagram.payload == (segment.start + 20)..<(segment.start + 25))
    }

    @Test("Options are passed over", arguments: [false, true], 0...10)
    func options(_ overIPv6: Bool, _ words: Int) throws {
        let segment = Segment(
            overIPv6: overIPv6, headerWords: UInt8(5 + words),
            options: [UInt8](repeating: 1, count: words * 4))
        let start = segment.start + 20 + words * 4
        #expect(try segment.dissected().payload == start..<(start + 5))
    }

    @Test("Only SYN of the six flags of old, whatever is said of congestion", arguments: 0...255)
    func flags(_ flags: Int) {
        for overIPv6 in [false, true] {
            let segment = Segment(overIPv6: overIPv6, flags: UInt8(flags))
            if flags & 0x3F == 2 {
                #expect(throws: Never.self) { try segment.dissected() }
            } else {
                #expect(throws: DissectError.notSYN) { try segment.dissected() }
            }
        }
    }

    @Test("A header of another length than TCP's is refused", arguments: [0, 1, 4, 7, 15] as [UInt8])
    func header(_ words: UInt8) {
        for overIPv6 in [false, true] {
            // Five bytes of payload make no sixth word of a header, but six more do.
            let segment = Segment(overIPv6: overIPv6, headerWords: words)
            #expect(throws: DissectError.tcpLength, "\(words)") { try segment.dissected() }
        }
    }

    @Test func aHeaderThatIsCutIsRefused() {
        for overIPv6 in [false, true] {
            for lacking in 6...25 {
                #expect(throws: DissectError.tcpLength, "\(lacking)") {
                    try Segment(overIPv6: overIPv6, lacking: lacking).dissected()
                }
            }
        }
    }

    @Test func thePayloadMayBeEmptyAndPaddingIsNone() throws {
        let segment = Segment(payload: [], padding: [UInt8](repeating: 0x41, count: 200))
        #expect(try segment.dissected().payload == 40..<40)
    }

    @Test func everyShorterPieceOfTheFrameIsRefused() {
        for overIPv6 in [false, true] {
            let bytes = Segment(overIPv6: overIPv6).bytes
            for count in 0..<bytes.count {
                #expect(throws: DissectError.self, "\(count) bytes") {
                    try FrameDissector.datagram(in: bytes.span.extracting(0..<count))
                }
            }
        }
    }
}
