import SPAKeys
import SPANet
import SPASecret
import SPAWire

/// A generator whose rows can be made again from their number (SplitMix64).
struct Rows: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    mutating func secret(_ count: Int) -> Secret { Secret(copying: bytes(count).span) }

    mutating func text(_ alphabet: String, _ length: ClosedRange<Int>) -> [UInt8] {
        let letters = Array(alphabet.utf8)
        return (0..<Int.random(in: length, using: &self)).map { _ in
            letters[Int.random(in: letters.indices, using: &self)]
        }
    }

    mutating func keys(_ mode: EncryptionMode, _ hmac: DigestType?) -> PacketKeys {
        PacketKeys(
            encryption: secret(Int.random(in: 1...128, using: &self)), mode: mode,
            hmac: hmac == nil ? nil : secret(Int.random(in: 1...136, using: &self)), hmacType: hmac ?? .sha256
        )
    }

    mutating func message() -> SPAMessage {
        let printable = String(decoding: Array(UInt8(0x20)...0x7E), as: UTF8.self)
        let request = request(printable)
        let timed: Bool
        if case .command = request { timed = false } else { timed = Bool.random(using: &self) }
        return SPAMessage(
            random: text("0123456789", 16...16),
            user: text("abcXYZ019 $`&'(){}%#!~^@-_.", 1...12),
            timestamp: Int64.random(in: 0...0x7FFF_FFFF, using: &self),
            version: text("0123456789", 1...2) + [0x2E] + text("0123456789", 1...2)
                + (Bool.random(using: &self) ? [0x2E] + text("0123456789", 1...2) : []),
            request: request,
            serverAuth: Int.random(in: 0..<4, using: &self) == 0 ? text(printable, 1...12) : nil,
            clientTimeout: timed ? UInt32.random(in: 1...65536, using: &self) : nil)
    }

    private mutating func request(_ printable: String) -> SPARequest {
        let address: IPAddress =
            Bool.random(using: &self)
            ? .v4(IPv4Address(bits: UInt32.random(in: 0...UInt32.max, using: &self)))
            : .v6(
                IPv6Address(
                    high: UInt64.random(in: 1...UInt64.max, using: &self),
                    low: UInt64.random(in: 0...UInt64.max, using: &self)))
        let services = (0..<Int.random(in: 1...4, using: &self)).compactMap { _ in
            Service(
                Bool.random(using: &self) ? .tcp : .udp, port: UInt16.random(in: 1...65535, using: &self))
        }
        let access = AccessRequest(address: address, services: services)
        let host =
            Bool.random(using: &self)
            ? Array(IPv4Address(bits: UInt32.random(in: 0...UInt32.max, using: &self)).description.utf8)
            : text("abcxyz", 1...8) + [0x2D] + text("019", 1...3) + [0x2E] + text("abc", 1...3)
        let target = NATTarget(host: host, port: UInt16.random(in: 1...65535, using: &self))
        return switch Int.random(in: 0..<4, using: &self) {
        case 0: .command(address: address, text: text(printable, 1...40))
        case 1: .access(access)
        case 2: .natAccess(access, target: target)
        default: .localNATAccess(access, target: target)
        }
    }
}
