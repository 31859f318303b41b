internal import SPANet

/// Why a frame holds no datagram for us.
package enum DissectError: Error, Equatable, Sendable {
    case truncated, notIPv4, headerLength, totalLength, fragment, notUDP, udpLength
}

/// Finds the UDP datagram in a frame (RFC 791, RFC 768, IEEE 802.3 and 802.1Q).
///
/// Total over all inputs: each length is compared before it is used. Checksums are left alone: the packet's HMAC says more,
/// and frames that this host sent to itself carry unfinished ones.
package enum FrameDissector {
    package static func datagram(in frame: Span<UInt8>, link: LinkType) throws(DissectError) -> Datagram {
        let start = try networkOffset(frame, link)
        let packet = try ipv4(frame, at: start)
        return try udp(frame, packet)
    }

    /// Offset of the IPv4 header.
    private static func networkOffset(_ frame: Span<UInt8>, _ link: LinkType) throws(DissectError) -> Int {
        switch link {
        case .raw, .rawIP:
            return 0
        case .null, .loop:
            // The family's byte order is not ours to know; the IP version decides.
            return 4
        case .ethernet:
            return try etherType(frame, at: 12)
        case .linuxCooked:
            return try etherType(frame, at: 14)
        case .linuxCooked2:
            guard try word(frame, 0) == 0x0800 else { throw .notIPv4 }
            return 20
        }
    }

    /// Offset behind an EtherType that says IPv4, after at most two VLAN tags (802.1Q, 802.1ad).
    private static func etherType(_ frame: Span<UInt8>, at offset: Int) throws(DissectError) -> Int {
        var offset = offset
        for _ in 0..<3 {
            switch try word(frame, offset) {
            case 0x0800: return offset + 2
            case 0x8100, 0x88A8: offset += 4
            default: throw .notIPv4
            }
        }
        throw .notIPv4
    }

    private struct IPv4Packet {
        let source: IPv4Address, destination: IPv4Address
        let payload: Range<Int>
    }

    private static func ipv4(_ frame: Span<UInt8>, at start: Int) throws(DissectError) -> IPv4Packet {
        guard frame.count >= start, frame.count - start >= 20 else { throw .truncated }
        guard frame[start] >> 4 == 4 else { throw .notIPv4 }
        let headerLength = Int(frame[start] & 15) * 4
        let totalLength = Int(try word(frame, start + 2))
        guard headerLength >= 20 else { throw .headerLength }
        guard totalLength >= headerLength else { throw .totalLength }
        // Longer than captured: cut by the capture length. Shorter: the rest is link-layer padding.
        guard frame.count - start >= totalLength else { throw .truncated }
        guard try word(frame, start + 6) & 0x3FFF == 0 else { throw .fragment }
        guard frame[start + 9] == Transport.udp.rawValue else { throw .notUDP }
        return IPv4Packet(
            source: try address(frame, start + 12), destination: try address(frame, start + 16),
            payload: (start + headerLength)..<(start + totalLength))
    }

    private static func udp(_ frame: Span<UInt8>, _ packet: IPv4Packet) throws(DissectError) -> Datagram {
        let start = packet.payload.lowerBound
        guard packet.payload.count >= 8 else { throw .udpLength }
        let length = Int(try word(frame, start + 4))
        guard length >= 8, length <= packet.payload.count else { throw .udpLength }
        return Datagram(
            source: packet.source, destination: packet.destination, sourcePort: try word(frame, start),
            destinationPort: try word(frame, start + 2), payload: (start + 8)..<(start + length))
    }

    private static func word(_ frame: Span<UInt8>, _ offset: Int) throws(DissectError) -> UInt16 {
        guard frame.count >= offset + 2 else { throw .truncated }
        return UInt16(frame[offset]) << 8 | UInt16(frame[offset + 1])
    }

    private static func address(_ frame: Span<UInt8>, _ offset: Int) throws(DissectError) -> IPv4Address {
        IPv4Address(bits: UInt32(try word(frame, offset)) << 16 | UInt32(try word(frame, offset + 2)))
    }
}
