import SPAReplay
import Testing

/// Two store files in memory, as a row of writes leaves them.
struct Store {
    var files: [[UInt8]]

    /// A store with `count` records in the file that is in force, and a retired one beside it.
    init(_ count: Int = 5, generation: UInt64 = 7, floor: Int64 = 100) throws {
        let header = ReplayFile.Header(generation: generation, floor: floor, isRetired: false)
        let old = ReplayFile.Header(generation: generation - 1, floor: 50, isRetired: true)
        files = [
            ReplayFile.image(try (0..<count).map { try Store.record($0) }, header: header),
            ReplayFile.image([try Store.record(900), try Store.record(901)], header: old),
        ]
    }

    /// Records with dates 1000, 1001, …
    static func record(_ number: Int) throws -> ReplayRecord {
        let digest = (0..<32).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 2)) &+ $0) }
        let key = ReplayKey(digest.span)
        return ReplayRecord(key: try #require(key), timestamp: 1000 + Int64(number))
    }

    func read() -> ReplayReading {
        let (first, second) = (files[0], files[1])
        return ReplayReading.read(first.span, second.span)
    }

    mutating func write(_ bytes: [UInt8], to file: Int, at offset: Int) {
        for (index, byte) in bytes.enumerated() { files[file][offset + index] = byte }
    }

    /// The reading in one value that rows can compare.
    var summary: Summary {
        switch read() {
        case .intact(let memory, let active, let generation, let nextSlot, let unretired):
            .intact(
                count: memory.count, floor: memory.floor, active: active, generation: generation,
                nextSlot: nextSlot,
                unretired: unretired)
        case .damaged(let reason, let latest, let generation):
            .damaged(reason, latest: latest, generation: generation)
        }
    }

    enum Summary: Equatable {
        case intact(
            count: Int, floor: Int64, active: Int, generation: UInt64, nextSlot: Int,
            unretired: ReplayFile.Header?)
        case damaged(ReplayReading.Damage, latest: Int64?, generation: UInt64)

        static func whole(_ count: Int, active: Int = 0, generation: UInt64 = 7, floor: Int64 = 100)
            -> Summary
        {
            .intact(
                count: count, floor: floor, active: active, generation: generation, nextSlot: count,
                unretired: nil)
        }
    }
}
