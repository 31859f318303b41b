internal import SPANet

/// Why a frame holds no datagram for us.
package enum DissectError: Error, Equatable, Sendable {
    case truncated, notIP, headerLength, totalLength, fragment, extensionHeader, noTransport, udpLength
    /// A TCP segment that is no first SYN, or whose header says something impossible of its length.
    case notSYN, tcpLength
}

/// Finds the UDP datagram, or the SYN, in a frame that starts with its IP header (RFC 791, RFC 8200, RFC 768, RFC 9293).
///
/// Total over all inputs: each length is compared before it is used. Checksums are left alone: the packet's HMAC says more,
/// and frames that this host sent to itself carry unfinished ones.
package enum FrameDissector {
    package static func datagram(in frame: Span<UInt8>) throws(DissectError) -> Datagram {
        guard frame.count >= 1 else { throw .truncated }
        let packet: IPPacket
        switch frame[0] >> 4 {
        case 4: packet = try ipv4(frame)
        case 6: packet = try ipv6(frame)
        default: throw .notIP
        }
        switch Transport(rawValue: packet.transport) {
        case .udp: return try udp(frame, packet)
        case .tcp: return try syn(frame, packet)
        case nil: throw .noTransport
        }
    }

    private struct IPPacket {
        let source: IPAddress, destination: IPAddress
        let transport: UInt8
        let payload: Range<Int>
    }

    private static func ipv4(_ frame: Span<UInt8>) throws(DissectError) -> IPPacket {
        guard frame.count >= 20 else { throw .truncated }
        let headerLength = Int(frame[0] & 15) * 4
        let totalLength = Int(try word(frame, 2))
        guard headerLength >= 20 else { throw .headerLength }
        guard totalLength >= headerLength else { throw .totalLength }
        // Longer than captured: cut by the capture length. Shorter: the rest is link-layer padding.
        guard frame.count >= totalLength else { throw .truncated }
        guard try word(frame, 6) & 0x3FFF == 0 else { throw .fragment }
        return IPPacket(
            source: try address(frame, 12), destination: try address(frame, 16), transport: frame[9],
            payload: headerLength..<totalLength)
    }

    private static func ipv6(_ frame: Span<UInt8>) throws(DissectError) -> IPPacket {
        guard frame.count >= 40 else { throw .truncated }
        let end = 40 + Int(try word(frame, 4))
        // A length of 0 stands for a jumbogram (RFC 2675), which ends in the missing transport.
        guard frame.count >= end else { throw .truncated }
        let found = try ExtensionHeaders.transport(in: frame.extracting(0..<end), first: frame[6])
        return IPPacket(
            source: try longAddress(frame, 8), destination: try longAddress(frame, 24),
            transport: found.number, payload: found.offset..<end)
    }

    private static func udp(_ frame: Span<UInt8>, _ packet: IPPacket) throws(DissectError) -> Datagram {
        let start = packet.payload.lowerBound
        guard packet.payload.count >= 8 else { throw .udpLength }
        let length = Int(try word(frame, start + 4))
        guard length >= 8, length <= packet.payload.count else { throw .udpLength }
        return Datagram(
            source: packet.source, destination: packet.destination, transport: .udp,
            sourcePort: try word(frame, start), destinationPort: try word(frame, start + 2),
            payload: (start + 8)..<(start + length))
    }

    private static func syn(_ frame: Span<UInt8>, _ packet: IPPacket) throws(DissectError) -> Datagram {
        let (start, end) = (packet.payload.lowerBound, packet.payload.upperBound)
        guard packet.payload.count >= 20, frame.count >= end else { throw .tcpLength }
        let headerLength = Int(frame[start + 12] >> 4) * 4
        guard headerLength >= 20, headerLength <= packet.payload.count else { throw .tcpLength }
        // FIN, SYN, RST, PSH, ACK, URG. What lies above speaks of congestion, and a SYN may carry it (RFC 3168).
        guard frame[start + 13] & 0x3F == 0x02 else { throw .notSYN }
        return Datagram(
            source: packet.source, destination: packet.destination, transport: .tcp,
            sourcePort: try word(frame, start), destinationPort: try word(frame, start + 2),
            payload: (start + headerLength)..<end)
    }

    private static func word(_ frame: Span<UInt8>, _ offset: Int) throws(DissectError) -> UInt16 {
        guard frame.count >= offset + 2 else { throw .truncated }
        return UInt16(frame[offset]) << 8 | UInt16(frame[offset + 1])
    }

    private static func address(_ frame: Span<UInt8>, _ offset: Int) throws(DissectError) -> IPAddress {
        .v4(IPv4Address(bits: UInt32(try word(frame, offset)) << 16 | UInt32(try word(frame, offset + 2))))
    }

    private static func longAddress(_ frame: Span<UInt8>, _ offset: Int) throws(DissectError) -> IPAddress {
        guard frame.count >= offset + 16,
            let address = IPv6Address(bytes: frame.extracting(offset..<(offset + 16)))
        else { throw .truncated }
        return .v6(address)
    }
}
