import SPADissect
import SPANet

/// A frame to be built, part by part, each of which may lie.
struct Frame {
    var headerWords: UInt8 = 5
    var version: UInt8 = 4
    var totalLength: UInt16?
    var fragment: UInt16 = 0
    var transport: UInt8 = 17
    var options: [UInt8] = []
    var udpLength: UInt16?
    var payload: [UInt8] = Array("hello".utf8)
    /// Behind the IP packet.
    var padding: [UInt8] = []

    var bytes: [UInt8] {
        func pair(_ word: UInt16) -> [UInt8] { [UInt8(word >> 8), UInt8(word & 255)] }
        let datagram =
            pair(40000) + pair(62201) + pair(udpLength ?? UInt16(8 + payload.count)) + [0, 0] + payload
        let total = totalLength ?? UInt16(20 + options.count + datagram.count)
        var header: [UInt8] = [version << 4 | headerWords, 0] + pair(total) + [0, 1] + pair(fragment)
        header += [64, transport, 0, 0] + [203, 0, 113, 2] + [203, 0, 113, 1] + options
        return header + datagram + padding
    }

    func dissected() throws(DissectError) -> Datagram {
        let bytes = bytes
        return try FrameDissector.datagram(in: bytes.span)
    }
}

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
}
