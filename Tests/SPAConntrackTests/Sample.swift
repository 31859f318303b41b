import SPANet
import Testing

@testable import SPAConntrack

/// Messages of the kernel, taken down from a netlink socket, and ways to make others.
enum Sample {
    /// An IPv4 connection from 203.0.113.2 to tcp/22 whose handshake has just been completed.
    static let tcp = bytes(
        "c400000000010000000000000000000002000000"
            + "340001801400018008000100cb00710208000200cb0071011c000280050001000600000006000200dbe60000"
            + "0600030000160000"
            + "340002801400018008000100cb00710108000200cb0071021c00028005000100060000000600020000160000"
            + "06000300dbe60000"
            + "08000c0032da319e080003000000000e0800070000069780"
            + "300004802c0001800500010003000000050002000a000000050003000a00000006000400230000000600050023000000"
    )

    static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
    }

    /// An attribute: two bytes of length, two of type, contents, and bytes up to the next multiple of four.
    static func attribute(_ type: UInt16, _ contents: [UInt8]) -> [UInt8] {
        let length = contents.count + 4
        return [UInt8(length & 255), UInt8(length >> 8), UInt8(type & 255), UInt8(type >> 8)] + contents
            + [UInt8](repeating: 0, count: (4 - length % 4) % 4)
    }

    static func message(_ attributes: [UInt8], kind: UInt16 = 0x0100, family: UInt8 = 2) -> [UInt8] {
        let length = attributes.count + 20
        return [UInt8(length & 255), UInt8(length >> 8), 0, 0, UInt8(kind & 255), UInt8(kind >> 8)]
            + [UInt8](repeating: 0, count: 10) + [family, 0, 0, 0] + attributes
    }

    static func tuple(_ source: IPAddress, _ transport: UInt8, port: UInt16) -> [UInt8] {
        let addresses: [UInt8] =
            switch source {
            case .v4(let v4):
                attribute(1, (0..<4).map { UInt8(truncatingIfNeeded: v4.bits >> UInt32(24 - 8 * $0)) })
            case .v6(let v6): attribute(3, v6.bytes)
            }
        return attribute(0x8001, addresses)
            + attribute(
                0x8002,
                attribute(1, [transport])
                    + attribute(2, [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]))
    }

    /// A change of a connection from `source` to `port`.
    static func change(
        from source: String = "192.0.2.9", transport: UInt8 = 6, port: UInt16 = 22, status: UInt32 = 14,
        state: UInt8? = 3, flags: UInt8? = nil, kind: UInt16 = 0x0100
    ) throws -> [UInt8] {
        let address = try #require(IPAddress(source))
        let (there, family): (IPAddress, UInt8) =
            switch address {
            case .v4: (.v4(IPv4Address(bits: 0xC633_6401)), 2)
            case .v6: (.v6(IPv6Address(high: 0x2001_0DB8_00FF_0000, low: 1)), 10)
            }
        let word = (0..<4).map { UInt8(truncatingIfNeeded: status >> UInt32(24 - 8 * $0)) }
        return message(
            attribute(0x8001, tuple(address, transport, port: 40000))
                + attribute(0x8002, tuple(there, transport, port: port)) + attribute(3, word)
                + (state.map {
                    attribute(
                        0x8004,
                        attribute(0x8001, attribute(1, [$0]) + (flags.map { attribute(4, [$0, 0]) } ?? [])))
                } ?? []),
            kind: kind, family: family)
    }
}
