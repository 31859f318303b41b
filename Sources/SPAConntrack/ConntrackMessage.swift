/// A message of the kernel's connection tracking (linux/netfilter/nfnetlink_conntrack.h) as a tree of attributes. Lengths and
/// types are in the machine's byte order, values in the network's.
struct ConntrackMessage: ~Escapable {
    private let bytes: Span<UInt8>
    /// Where the attributes are that are no part of another.
    let attributes: Range<Int>

    /// Bytes of `nlmsghdr` and `nfgenmsg`, in front of the attributes.
    static let headerSize = 20
    /// NFNL_SUBSYS_CTNETLINK in the upper byte, IPCTNL_MSG_CT_NEW in the lower: new or changed.
    private static let kind: UInt16 = 0x0100

    /// Nil for a message about something else.
    ///
    /// - Throws: ``ConntrackError`` where it is not as long as it says.
    @_lifetime(copy bytes)
    init?(_ bytes: Span<UInt8>) throws(ConntrackError) {
        guard bytes.count >= ConntrackMessage.headerSize else { throw .malformed }
        let length = UInt32(ConntrackMessage.half(bytes, 0)) | UInt32(ConntrackMessage.half(bytes, 2)) << 16
        guard UInt32(littleEndian: length) == bytes.count else { throw .malformed }
        guard UInt16(littleEndian: ConntrackMessage.half(bytes, 4)) == ConntrackMessage.kind else {
            return nil
        }
        self.bytes = bytes
        attributes = ConntrackMessage.headerSize..<bytes.count
    }

    /// AF_INET or AF_INET6, or something else.
    var family: UInt8 { bytes[16] }

    /// Two bytes, the first of them the lower one.
    private static func half(_ bytes: Span<UInt8>, _ offset: Int) -> UInt16 {
        UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    }

    /// The contents of the first attribute of this type in `range`; nil where there is none. Takes a step for each attribute in
    /// front of it, and each is four bytes at least.
    func find(_ type: UInt16, in range: Range<Int>) throws(ConntrackError) -> Range<Int>? {
        var offset = range.lowerBound
        while range.upperBound - offset >= 4 {
            let length = Int(UInt16(littleEndian: ConntrackMessage.half(bytes, offset)))
            guard length >= 4, length <= range.upperBound - offset else { throw .malformed }
            // The two upper bits say nested and byte order.
            if UInt16(littleEndian: ConntrackMessage.half(bytes, offset + 2)) & 0x3FFF == type {
                return (offset + 4)..<(offset + length)
            }
            offset += min((length + 3) & ~3, range.upperBound - offset)
        }
        return nil
    }

    /// The same along a path of types, each in the contents of the one before.
    func find(_ path: [UInt16], in range: Range<Int>) throws(ConntrackError) -> Range<Int>? {
        var range = range
        for type in path {
            guard let inner = try find(type, in: range) else { return nil }
            range = inner
        }
        return range
    }

    /// A number of exactly as many bytes as its type has.
    func number<T: FixedWidthInteger & UnsignedInteger>(
        _: T.Type, at path: [UInt16]
    ) throws(ConntrackError) -> T? {
        guard let range = try find(path, in: attributes) else { return nil }
        guard range.count == T.bitWidth / 8 else { throw .malformed }
        var value: T = 0
        for index in range { value = (value << 8) | T(truncatingIfNeeded: bytes[index]) }
        return value
    }

    /// The contents at a path.
    @_lifetime(copy self)
    func contents(at path: [UInt16]) throws(ConntrackError) -> Span<UInt8>? {
        guard let range = try find(path, in: attributes) else { return nil }
        return bytes.extracting(range)
    }
}

/// A message that the kernel would not have made.
package enum ConntrackError: Error, Equatable {
    case malformed
}
