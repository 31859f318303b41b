internal import SPANet

/// Why a frame holds no datagram for us.
package enum DissectError: Error, Equatable, Sendable {
    case truncated, notIPv4, headerLength, totalLength, fragment, notUDP, udpLength
}

/// Finds the UDP datagram in a frame that starts with its IP header (RFC 791, RFC 768).
///
/// Total over all inputs: each length is compared before it is used. Checksums are left alone: the packet's HMAC says more,
/// and frames that this host sent to itself carry unfinished ones.
package enum FrameDissector {
    package static func datagram(in frame: Span<UInt8>) throws(DissectError) -> Datagram {
        let packet = try ipv4(frame)
        return try udp(frame, packet)
    }

    private struct IPv4Packet {
        let source: IPv4Address, destination: IPv4Address
        let payload: Range<Int>
    }

    private static func ipv4(_ frame: Span<UInt8>) throws(DissectError) -> IPv4Packet {
        guard frame.count >= 20 else { throw .truncated }
        guard frame[0] >> 4 == 4 else { throw .notIPv4 }
        let headerLength = Int(frame[0] & 15) * 4
        let totalLength = Int(try word(frame, 2))
        guard headerLength >= 20 else { throw .headerLength }
        guard totalLength >= headerLength else { throw .totalLength }
        // Longer than captured: cut by the capture length. Shorter: the rest is link-layer padding.
        guard frame.count >= totalLength else { throw .truncated }
        guard try word(frame, 6) & 0x3FFF == 0 else { throw .fragment }
        guard frame[9] == Transport.udp.rawValue else { throw .notUDP }
        return IPv4Packet(
            source: try address(frame, 12), destination: try address(frame, 16),
            payload: headerLength..<totalLength)
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
