internal import SPABytes

/// The identity of a packet: SHA-256 of its wire text. A packet has one spelling, so it has one key.
package struct ReplayKey: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Nil unless `digest` has 32 bytes.
    package init?(_ digest: Span<UInt8>) {
        guard digest.count == 32 else { return nil }
        func word(_ start: Int) -> UInt64 {
            var value: UInt64 = 0
            for index in start..<(start + 8) { value = (value << 8) | UInt64(digest[index]) }
            return value
        }
        words = (word(0), word(8), word(16), word(24))
    }

    func write(to writer: inout ByteWriter) {
        writer.integer(words.0)
        writer.integer(words.1)
        writer.integer(words.2)
        writer.integer(words.3)
    }

    package static func == (a: ReplayKey, b: ReplayKey) -> Bool { a.words == b.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}
