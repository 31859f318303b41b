import SPADissect
import SPANet

/// An IPv6 frame to be built, part by part, each of which may lie.
struct Frame6 {
    /// An extension header: its kind, its length in units of eight bytes less one, and as many bytes as it really has.
    struct Extension: Sendable {
        var kind: UInt8
        var units: UInt8 = 0
        var size: Int?
    }

    var version: UInt8 = 6
    var payloadLength: UInt16?
    var extensions: [Extension] = []
    var transport: UInt8 = 17
    var udpLength: UInt16?
    var payload: [UInt8] = Array("hello".utf8)
    /// Behind the IP packet.
    var padding: [UInt8] = []

    var bytes: [UInt8] {
        func pair(_ word: UInt16) -> [UInt8] { [UInt8(word >> 8), UInt8(word & 255)] }
        var rest: [UInt8] = []
        for (index, header) in extensions.enumerated() {
            let next = index + 1 < extensions.count ? extensions[index + 1].kind : transport
            let size = header.size ?? (Int(header.units) + 1) * 8
            rest += ([next, header.units] + [UInt8](repeating: 1, count: size)).prefix(size)
        }
        rest += pair(40000) + pair(62201) + pair(udpLength ?? UInt16(8 + payload.count)) + [0, 0] + payload
        var header: [UInt8] = [version << 4, 0, 0, 0] + pair(payloadLength ?? UInt16(rest.count))
        header += [extensions.first?.kind ?? transport, 64]
        header += [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [2]
        header += [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
        return header + rest + padding
    }

    func dissected() throws(DissectError) -> Datagram {
        let bytes = bytes
        return try FrameDissector.datagram(in: bytes.span)
    }
}
