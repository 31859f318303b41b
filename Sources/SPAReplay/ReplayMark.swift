internal import SPABytes

/// How far the store had come when it was written last: what the running system remembers of it in memory, beside the disk.
///
/// A store that has not come that far is an older copy that somebody put back: packets that were granted since are missing
/// in it, though nothing in it is damaged.
package struct ReplayMark: Hashable, Sendable, Comparable {
    /// Of the file in force.
    package let generation: UInt64
    /// Records in the file in force, 0 to ``ReplayFile/capacity``.
    package let count: Int

    package init(generation: UInt64, count: Int) { (self.generation, self.count) = (generation, count) }

    package static func < (a: ReplayMark, b: ReplayMark) -> Bool {
        (a.generation, a.count) < (b.generation, b.count)
    }

    private static let magic: UInt64 = 0x534C_5952_4D52_4B31  // "SLYRMRK1"

    /// The mark as 64 bytes.
    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: ReplayFile.partSize)
        writer.integer(ReplayMark.magic)
        writer.integer(generation)
        writer.integer(UInt64(clamping: count))
        return ReplayFile.sealed(writer)
    }

    /// What 64 bytes say.
    package enum Reading: Hashable, Sendable {
        /// Zeros: no worker has opened the store since the machine started.
        case nothing
        case mark(ReplayMark)
        /// Not whole: nobody knows how far the store had come.
        case unreadable
    }

    package static func read(_ bytes: Span<UInt8>) -> Reading {
        guard bytes.count == ReplayFile.partSize else { return .unreadable }
        if bytes.indices.allSatisfy({ bytes[$0] == 0 }) { return .nothing }
        guard let part = ReplayFile.checked(bytes, at: 0) else { return .unreadable }
        var reader = ByteReader(part)
        guard let found = try? reader.integer(UInt64.self), found == magic,
            let generation = try? reader.integer(UInt64.self),
            let count = try? reader.integer(UInt64.self), count <= UInt64(ReplayFile.capacity)
        else { return .unreadable }
        return .mark(ReplayMark(generation: generation, count: Int(count)))
    }
}
