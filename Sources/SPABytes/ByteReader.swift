/// What can be wrong with a message of fixed layout.
package enum ByteError: Error, Equatable {
    /// The message ended at `offset` where `wanted` more bytes were due.
    case truncated(offset: Int, wanted: Int)
    /// `count` bytes follow the end of the message.
    case trailing(count: Int)
    /// The field at `offset` holds a value outside its range.
    case outOfRange(offset: Int)
}

/// Reads big-endian fields from borrowed bytes; every step is checked, nothing is copied that was not asked for.
package struct ByteReader: ~Copyable, ~Escapable {
    private let bytes: Span<UInt8>
    /// Where the next field starts, in bytes from the start.
    package private(set) var offset = 0

    /// Reads from the first of `bytes`.
    @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    /// Bytes that were not read yet.
    package var remaining: Int { bytes.count - offset }

    /// The next unsigned integer, most significant byte first.
    package mutating func integer<T: FixedWidthInteger & UnsignedInteger>(
        _: T.Type = T.self
    ) throws(ByteError) -> T {
        let width = T.bitWidth / 8
        try need(width)
        var value: T = 0
        for index in offset..<(offset + width) { value = (value << 8) | T(truncatingIfNeeded: bytes[index]) }
        offset += width
        return value
    }

    /// The next 64-bit two's complement integer, most significant byte first.
    package mutating func signed() throws(ByteError) -> Int64 { Int64(bitPattern: try integer(UInt64.self)) }

    /// A copy of the next `count` bytes.
    package mutating func array(_ count: Int) throws(ByteError) -> [UInt8] {
        try need(count)
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in offset..<(offset + count) { copy.append(bytes[index]) }
        offset += count
        return copy
    }

    /// The next `count` bytes, borrowed.
    @_lifetime(copy self)
    package mutating func span(_ count: Int) throws(ByteError) -> Span<UInt8> {
        try need(count)
        defer { offset += count }
        return bytes.extracting(offset..<(offset + count))
    }

    /// Passes over `count` bytes.
    package mutating func skip(_ count: Int) throws(ByteError) {
        try need(count)
        offset += count
    }

    /// Ends the reading; bytes that are left over are an error.
    package consuming func finish() throws(ByteError) {
        guard bytes.count == offset else { throw .trailing(count: bytes.count - offset) }
    }

    private func need(_ count: Int) throws(ByteError) {
        guard count >= 0, bytes.count - offset >= count else {
            throw .truncated(offset: offset, wanted: count)
        }
    }
}
