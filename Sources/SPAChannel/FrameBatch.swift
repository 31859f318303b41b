internal import SPABytes

/// Captured frames on their way from the helper to the worker: many per message, unread by the helper. The kernel has taken
/// their link headers off, so that each starts with its IP header.
///
/// Layout: tag 3, then for each frame its length (16 bits) and its bytes.
package struct FrameBatch {
    /// Largest message, in bytes.
    package static let limit = 65_536
    private static let headerSize = 1

    private var writer = ByteWriter(capacity: FrameBatch.limit)
    package private(set) var count = 0

    package init() { writer.integer(UInt8(3)) }

    /// Whether a frame of `size` bytes still fits.
    package func hasRoom(for size: Int) -> Bool {
        size <= Int(UInt16.max) && writer.bytes.count + 2 + size <= FrameBatch.limit
    }

    /// Whether half of a message is used up.
    package var isHalfFull: Bool { writer.bytes.count >= FrameBatch.limit / 2 }

    /// Adds a frame; the caller has asked ``hasRoom(for:)``.
    package mutating func append(_ frame: Span<UInt8>) {
        guard hasRoom(for: frame.count) else { return }
        writer.integer(UInt16(frame.count))
        writer.append(frame)
        count += 1
    }

    package var message: [UInt8] { writer.bytes }

    package mutating func removeAll() {
        writer.clear()
        count = 0
        writer.integer(UInt8(3))
    }

    /// Hands each frame of a received message to `body`.
    package static func forEach<E: Error>(
        in message: Span<UInt8>, _ body: (Span<UInt8>) throws(E) -> Void
    ) throws(FrameBatchFailure<E>) {
        var offset = headerSize
        guard message.count >= headerSize, message[0] == 3 else { throw .channel(.badField("frame batch")) }
        while offset < message.count {
            guard message.count - offset >= 2 else { throw .channel(.badField("frame length")) }
            let size = Int(message[offset]) << 8 | Int(message[offset + 1])
            offset += 2
            guard message.count - offset >= size else { throw .channel(.badField("frame length")) }
            do { try body(message.extracting(offset..<(offset + size))) } catch {
                throw .body(error)
            }
            offset += size
        }
    }
}

/// What can end ``FrameBatch/forEach(in:_:)``.
package enum FrameBatchFailure<Failure: Error>: Error {
    case channel(ChannelError)
    case body(Failure)
}
