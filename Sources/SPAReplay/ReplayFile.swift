internal import SPABytes

/// Layout of one of the two replay store files, version 1.
///
/// A file has a fixed size, so that a cut is seen: a header, `capacity` record slots, a tail. Each part of 64 bytes ends in
/// a checksum. The header says whether the file is in force or retired; the tail counts the records, so that records which
/// vanish are missed. Numbers are big-endian.
///
/// Two files are used in turn: the full one is replaced by a fresh one with what is still needed. `docs/replay-store.md`
/// tells the order of the writes and what a crash between any two of them leaves.
package enum ReplayFile {
    package static let partSize = 64
    /// Records per file. At the default limit of 6000 grants a minute the last four minutes fit.
    package static let capacity = 32_768
    package static let size = partSize * (capacity + 2)

    static let magic: UInt64 = 0x534C_5952_504C_5931  // "SLYRPLY1"
    static let tailMagic: UInt64 = 0x534C_5954_4149_4C31  // "SLYTAIL1"

    /// The first part of a file.
    package struct Header: Equatable, Sendable {
        package var generation: UInt64
        package var floor: Int64
        /// A retired file was replaced: its successor has the next generation.
        package var isRetired: Bool

        package init(generation: UInt64, floor: Int64, isRetired: Bool) {
            (self.generation, self.floor, self.isRetired) = (generation, floor, isRetired)
        }
    }

    package static func recordOffset(_ slot: Int) -> Int { partSize * (1 + slot) }
    package static let tailOffset = partSize * (capacity + 1)

    package static func encode(_ header: Header) -> [UInt8] {
        var writer = ByteWriter(capacity: partSize)
        writer.integer(magic)
        writer.integer(header.generation)
        writer.signed(header.floor)
        writer.integer(UInt32(capacity))
        writer.integer(UInt32(header.isRetired ? 1 : 0))
        return sealed(writer)
    }

    package static func encode(_ record: ReplayRecord, slot: Int, generation: UInt64) -> [UInt8] {
        var writer = ByteWriter(capacity: partSize)
        record.key.write(to: &writer)
        writer.signed(record.timestamp)
        writer.integer(UInt32(slot + 1))
        writer.integer(UInt32(truncatingIfNeeded: generation))
        return sealed(writer)
    }

    package static func encodeTail(count: Int, generation: UInt64) -> [UInt8] {
        var writer = ByteWriter(capacity: partSize)
        writer.integer(tailMagic)
        writer.integer(generation)
        writer.integer(UInt32(count))
        return sealed(writer)
    }

    /// A whole new file that holds `records`, which must fit.
    package static func image(_ records: [ReplayRecord], header: Header) -> [UInt8] {
        var image = encode(header)
        image.reserveCapacity(size)
        for (slot, record) in records.prefix(capacity).enumerated() {
            image += encode(record, slot: slot, generation: header.generation)
        }
        image += [UInt8](repeating: 0, count: tailOffset - image.count)
        image += encodeTail(count: min(records.count, capacity), generation: header.generation)
        return image
    }

    static func decodeHeader(_ image: Span<UInt8>) -> Header? {
        guard image.count == size, let part = checked(image, at: 0) else { return nil }
        var reader = ByteReader(part)
        guard let found = try? reader.integer(UInt64.self), found == magic,
            let generation = try? reader.integer(UInt64.self), let floor = try? reader.signed(),
            let slots = try? reader.integer(UInt32.self), slots == UInt32(capacity),
            let retired = try? reader.integer(UInt32.self), retired <= 1
        else { return nil }
        return Header(generation: generation, floor: floor, isRetired: retired == 1)
    }

    /// - Parameter generation: nil takes a record of any.
    static func decodeRecord(_ image: Span<UInt8>, slot: Int, generation: UInt64?) -> ReplayRecord? {
        guard let part = checked(image, at: recordOffset(slot)) else { return nil }
        var reader = ByteReader(part)
        guard let digest = try? reader.span(32), let key = ReplayKey(digest),
            let timestamp = try? reader.signed(),
            let number = try? reader.integer(UInt32.self), number == UInt32(slot + 1),
            let owner = try? reader.integer(UInt32.self),
            generation.map({ owner == UInt32(truncatingIfNeeded: $0) }) ?? true
        else { return nil }
        return ReplayRecord(key: key, timestamp: timestamp)
    }

    static func decodeTailCount(_ image: Span<UInt8>, generation: UInt64) -> Int? {
        guard let part = checked(image, at: tailOffset) else { return nil }
        var reader = ByteReader(part)
        guard let found = try? reader.integer(UInt64.self), found == tailMagic,
            let owner = try? reader.integer(UInt64.self), owner == generation,
            let count = try? reader.integer(UInt32.self), Int(count) <= capacity
        else { return nil }
        return Int(count)
    }

    // MARK: checksum

    static func sealed(_ writer: ByteWriter) -> [UInt8] {
        var part = writer
        part.append([UInt8](repeating: 0, count: partSize - 8 - part.bytes.count))
        part.integer(checksum(part.bytes.span))
        return part.bytes
    }

    /// The part at `offset` without its checksum, if that is right.
    @_lifetime(copy image)
    static func checked(_ image: Span<UInt8>, at offset: Int) -> Span<UInt8>? {
        guard image.count >= offset + partSize else { return nil }
        let content = image.extracting(offset..<(offset + partSize - 8))
        var reader = ByteReader(image.extracting((offset + partSize - 8)..<(offset + partSize)))
        guard let stored = try? reader.integer(UInt64.self), stored == checksum(content) else { return nil }
        return content
    }

    /// FNV-1a, 64 bits: finds accidents; whoever can write the file on purpose owns the server already.
    private static func checksum(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        return hash
    }
}
