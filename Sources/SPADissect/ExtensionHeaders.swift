/// The headers between an IPv6 header and its transport (RFC 8200 section 4), of which only the lengths count here.
enum ExtensionHeaders {
    /// Most headers in a row. Nobody sends more than two or three; a long chain is there to keep its reader busy.
    static let limit = 8

    private enum Kind {
        static let hopByHop: UInt8 = 0, routing: UInt8 = 43, fragment: UInt8 = 44,
            destinationOptions: UInt8 = 60
    }

    /// The number of what follows the last extension header, and where it begins.
    ///
    /// - Parameters:
    ///   - packet: the IPv6 packet, header included, and nothing behind it.
    ///   - first: what the IPv6 header names as its successor.
    static func transport(
        in packet: Span<UInt8>, first: UInt8
    ) throws(DissectError) -> (number: UInt8, offset: Int) {
        var next = first
        var offset = 40
        for count in 0...limit {
            switch next {
            case Kind.hopByHop:
                // Only in the first place: elsewhere no host takes the packet.
                guard count == 0 else { throw .extensionHeader }
            case Kind.routing, Kind.destinationOptions: break
            case Kind.fragment: throw .fragment
            default: return (next, offset)
            }
            // Length in units of eight bytes, the first of them not counted.
            guard packet.count >= offset + 8 else { throw .extensionHeader }
            next = packet[offset]
            offset += (Int(packet[offset + 1]) + 1) * 8
            guard offset <= packet.count else { throw .extensionHeader }
        }
        throw .extensionHeader
    }
}
