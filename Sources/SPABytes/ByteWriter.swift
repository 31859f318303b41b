/// Builds a message of big-endian fields; the counterpart of ``ByteReader``.
package struct ByteWriter {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []

    /// An empty message, with room for `capacity` bytes before it grows.
    package init(capacity: Int = 64) { bytes.reserveCapacity(capacity) }

    /// Appends an unsigned integer, most significant byte first.
    package mutating func integer<T: FixedWidthInteger & UnsignedInteger>(_ value: T) {
        for shift in stride(from: T.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> T(shift)))
        }
    }

    /// Appends a 64-bit two's complement integer, most significant byte first.
    package mutating func signed(_ value: Int64) { integer(UInt64(bitPattern: value)) }

    /// Empties the message and keeps its memory.
    package mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    /// Appends bytes as they are.
    package mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    /// Appends borrowed bytes as they are.
    package mutating func append(_ more: Span<UInt8>) {
        for index in more.indices { bytes.append(more[index]) }
    }
}
