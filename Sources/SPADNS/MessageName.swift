internal import SPABytes

/// Names inside a message, which may point to earlier ones (RFC 1035 section 4.1.4).
enum MessageName {
    /// The name at `offset`, and where what follows it starts.
    static func read(_ message: Span<UInt8>, at offset: Int) throws(ByteError) -> (DomainName, end: Int) {
        var labels: [[UInt8]] = []
        var total = 0
        var position = offset
        var end: Int?
        while true {
            guard (0..<message.count).contains(position) else {
                throw .truncated(offset: position, wanted: 1)
            }
            let length = Int(message[position])
            switch length {
            case 0: return (DomainName(labels: labels), end ?? position + 1)
            case 1...63:
                let next = position + 1 + length
                guard next <= message.count else { throw .truncated(offset: position, wanted: length) }
                total += length + 1
                // 255 bytes are the most that a name may have; it bounds the work as well.
                guard total <= 254 else { throw .outOfRange(offset: position) }
                labels.append((position + 1..<next).map { message[$0] })
                position = next
            case 0xC0...0xFF:
                guard position + 1 < message.count else {
                    throw .truncated(offset: position, wanted: 2)
                }
                let target = (length & 0x3F) << 8 | Int(message[position + 1])
                // Only backwards: each step gets nearer to the start, so that there is an end.
                guard target < position else { throw .outOfRange(offset: position) }
                if end == nil { end = position + 2 }
                position = target
            default: throw .outOfRange(offset: position)
            }
        }
    }
}
