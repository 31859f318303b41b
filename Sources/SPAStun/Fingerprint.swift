/// The checksum that tells STUN from other traffic on a port (RFC 8489 section 14.7).
enum Fingerprint {
    /// Whether the FINGERPRINT attribute at `offset` is the last one and right for what stands before it.
    static func matches(_ message: Span<UInt8>, attributeAt offset: Int) -> Bool {
        guard offset + 8 == message.count else { return false }
        var stated: UInt32 = 0
        for index in (offset + 4)..<(offset + 8) { stated = stated << 8 | UInt32(message[index]) }
        return stated == crc32(message.extracting(0..<offset)) ^ 0x5354_554E
    }

    /// The CRC-32 of ITU V.42, a bit at a time: an answer has a hundred bytes.
    private static func crc32(_ bytes: Span<UInt8>) -> UInt32 {
        var register: UInt32 = 0xFFFF_FFFF
        for index in bytes.indices {
            register ^= UInt32(bytes[index])
            for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return ~register
    }
}
