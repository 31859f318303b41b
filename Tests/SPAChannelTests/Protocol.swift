import SPAChannel
import SPANet
import Testing

/// A message of one kind, as its tests need it: the bytes, and what they are read as, written again.
struct Message: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let again: @Sendable ([UInt8]) throws -> [UInt8]

    var testDescription: String { name }
}

extension IPAddress {
    static let door = IPAddress.v4(IPv4Address(bits: 0xC633_6409))
    static let wide = IPAddress.v6(IPv6Address(high: 0x2001_0DB8_0000_0000, low: 9))
}

func service(_ text: String) -> Service {
    guard let service = Service(text) else {
        Issue.record("\(text) is no service")
        return service("tcp/1")
    }
    return service
}

/// The rules that hold for each kind of message.
func checkPieces(_ message: Message) throws {
    #expect(try message.again(message.bytes) == message.bytes, "reads back as written")
    for count in 0..<message.bytes.count {
        #expect(throws: ChannelError.self, "cut to \(count)") {
            try message.again(Array(message.bytes[..<count]))
        }
    }
    for byte in [0, 1, 255] as [UInt8] {
        #expect(throws: ChannelError.self, "one byte \(byte) more") {
            try message.again(message.bytes + [byte])
        }
    }
    for tag in UInt8.min...UInt8.max where tag != message.bytes[0] {
        var other = message.bytes
        other[0] = tag
        // Another kind of message, or none; never the same.
        if let read = try? message.again(other) { #expect(read != message.bytes) }
    }
}

/// A row: at `offset` stand `bytes`, and the message is refused with this error.
struct Lie: Sendable, CustomTestStringConvertible {
    let what: String, offset: Int, bytes: [UInt8], error: ChannelError

    init(_ what: String, at offset: Int, _ bytes: [UInt8], _ error: ChannelError) {
        (self.what, self.offset, self.bytes, self.error) = (what, offset, bytes, error)
    }

    func told(in message: [UInt8]) -> [UInt8] {
        var message = message
        message.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        return message
    }

    var testDescription: String { what }
}
