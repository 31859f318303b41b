internal import SPABytes
package import SPANet

/// A server's answer: the address and port that our request came from, as it saw them.
package struct BindingResponse: Hashable, Sendable {
    package let address: IPAddress
    package let port: UInt16

    /// Reads a datagram as the answer to request `id`. XOR-MAPPED-ADDRESS goes before MAPPED-ADDRESS, which address
    /// translators are known to rewrite (RFC 8489 section 14.1).
    package init(decoding message: Span<UInt8>, to id: TransactionID) throws(StunError) {
        let isError = try BindingResponse.checkHeader(message, id)
        var mapped: (address: IPAddress, port: UInt16)?
        var clear: (address: IPAddress, port: UInt16)?
        var offset = StunHeader.byteCount
        while offset < message.count {
            let (type, value, end) = try BindingResponse.attribute(message, at: offset)
            switch type {
            case Attribute.xorMappedAddress where mapped == nil:
                mapped = try BindingResponse.address(value, xoredWith: id)
            case Attribute.mappedAddress where clear == nil:
                clear = try BindingResponse.address(value, xoredWith: nil)
            case Attribute.errorCode where isError:
                throw .refused(code: BindingResponse.errorCode(value))
            case Attribute.fingerprint:
                guard Fingerprint.matches(message, attributeAt: offset) else { throw .malformed }
            case let type where type < 0x8000 && !Attribute.understood.contains(type):
                throw .unknownAttribute(type)
            default: break
            }
            offset = end
        }
        guard !isError else { throw .refused(code: 0) }
        guard let found = mapped ?? clear else { throw .noAddress }
        (address, port) = found
    }

    /// Checks the fixed part; whether the message is an error answer.
    private static func checkHeader(_ message: Span<UInt8>, _ id: TransactionID) throws(StunError) -> Bool {
        let type: UInt16
        let length: UInt16
        let cookie: UInt32
        let theirs: TransactionID
        do throws(ByteError) {
            var header = ByteReader(message)
            type = try header.integer()
            length = try header.integer()
            cookie = try header.integer()
            theirs = TransactionID(high: try header.integer(), low: try header.integer())
        } catch {
            throw .malformed
        }
        let isError = type == StunHeader.bindingError
        guard cookie == StunHeader.cookie, theirs == id, isError || type == StunHeader.bindingSuccess else {
            throw .notOurs
        }
        guard Int(length) == message.count - StunHeader.byteCount, length % 4 == 0 else { throw .malformed }
        return isError
    }

    /// The attribute at `offset`, and where the next one starts (values are filled to four bytes).
    private static func attribute(
        _ message: Span<UInt8>, at offset: Int
    ) throws(StunError) -> (type: UInt16, value: [UInt8], end: Int) {
        do throws(ByteError) {
            var reader = ByteReader(message.extracting(offset..<message.count))
            let type = try reader.integer(UInt16.self)
            let count = Int(try reader.integer(UInt16.self))
            let value = try reader.array(count)
            try reader.skip((4 - count % 4) % 4)
            return (type, value, offset + reader.offset)
        } catch {
            throw .malformed
        }
    }

    /// The address in a value of (XOR-)MAPPED-ADDRESS, RFC 8489 sections 14.1 and 14.2.
    private static func address(
        _ value: [UInt8], xoredWith id: TransactionID?
    ) throws(StunError) -> (IPAddress, UInt16) {
        let cookie = id == nil ? 0 : StunHeader.cookie
        do throws(ByteError) {
            var reader = ByteReader(value.span)
            try reader.skip(1)
            let family = try reader.integer(UInt8.self)
            let port = try reader.integer(UInt16.self) ^ UInt16(cookie >> 16)
            let address: IPAddress
            switch family {
            case 1: address = .v4(IPv4Address(bits: try reader.integer(UInt32.self) ^ cookie))
            case 2:
                // The pad is the cookie followed by the transaction id.
                let high = (UInt64(cookie) << 32) | (id?.high ?? 0) >> 32
                let low = (id?.high ?? 0) << 32 | UInt64(id?.low ?? 0)
                address = .v6(IPv6Address(high: try reader.integer() ^ high, low: try reader.integer() ^ low))
            default: throw .outOfRange(offset: 1)
            }
            try reader.finish()
            return (address, port)
        } catch {
            throw .malformed
        }
    }

    /// The number in a value of ERROR-CODE (RFC 8489 section 14.8); 0 for one out of its range.
    private static func errorCode(_ value: [UInt8]) -> Int {
        guard value.count >= 4 else { return 0 }
        let (hundreds, rest) = (Int(value[2] & 7), Int(value[3]))
        return (3...6).contains(hundreds) && rest < 100 ? hundreds * 100 + rest : 0
    }
}

/// Attribute types (RFC 8489 section 18.3). Those below 0x8000 must be understood by whoever reads the message.
private enum Attribute {
    static let mappedAddress: UInt16 = 0x0001
    static let errorCode: UInt16 = 0x0009
    static let xorMappedAddress: UInt16 = 0x0020
    static let fingerprint: UInt16 = 0x8028
    /// Known, and of no weight for a request without credentials: the addresses above, USERNAME, MESSAGE-INTEGRITY,
    /// ERROR-CODE, UNKNOWN-ATTRIBUTES, REALM, NONCE, MESSAGE-INTEGRITY-SHA256, and the two addresses of RFC 3489.
    static let understood: Set<UInt16> = [
        mappedAddress, xorMappedAddress, errorCode, 0x0004, 0x0005, 0x0006, 0x0008, 0x000A, 0x0014, 0x0015,
        0x001C,
    ]
}
