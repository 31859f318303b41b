import SPAReplay
import Testing

@Suite struct Memory {
    private func memory(_ dates: [Int64]) throws -> ReplayMemory {
        var memory = ReplayMemory()
        for (number, date) in dates.enumerated() {
            memory.insert(ReplayRecord(key: try Store.record(number).key, timestamp: date))
        }
        return memory
    }

    @Test func aPacketIsKnownByItsDigestAlone() throws {
        let memory = try memory([10, 20])
        #expect(memory.contains(try Store.record(0).key))
        #expect(memory.contains(try Store.record(1).key))
        #expect(!memory.contains(try Store.record(2).key))
        #expect(memory.count == 2)
        #expect(memory.latest == 20)
        #expect(memory.floor == .min)
    }

    @Test("Digests of another length are no key", arguments: [0, 31, 33])
    func digestLength(_ count: Int) {
        let digest = [UInt8](repeating: 1, count: count)
        let key = ReplayKey(digest.span)
        #expect(key == nil)
    }

    @Test("Two digests that differ in one byte are two keys", arguments: 0..<32)
    func everyByteCounts(_ index: Int) {
        var digest = [UInt8](repeating: 1, count: 32)
        let key = ReplayKey(digest.span)
        digest[index] = 2
        let other = ReplayKey(digest.span)
        #expect(other != key)
    }

    /// What `forget(before:)` leaves, and the floor that stands for the rest.
    static let cuts: [(date: Int64, left: Int, floor: Int64)] = [
        (.min, 4, .min), (10, 4, .min), (11, 3, 10), (20, 3, 10), (21, 1, 20), (.max, 0, 30),
    ]

    @Test("What is forgotten lies at or before the floor", arguments: cuts)
    func forgetting(_ date: Int64, _ left: Int, _ floor: Int64) throws {
        var memory = try memory([10, 20, 20, 30])
        let before = memory.records
        memory.forget(before: date)
        #expect(memory.count == left)
        #expect(memory.floor == floor)
        for record in before { #expect(memory.contains(record.key) || record.timestamp <= memory.floor) }
        #expect(memory.latest == 30)
    }

    @Test("Shrinking forgets the oldest, whole seconds at a time", arguments: 0...5)
    func shrinking(_ limit: Int) throws {
        var memory = try memory([10, 20, 20, 30])
        let before = memory.records
        memory.shrink(to: limit)
        #expect(memory.count == [0, 1, 1, 3, 4, 4][limit])
        for record in before { #expect(memory.contains(record.key) || record.timestamp <= memory.floor) }
    }

    @Test func theLastDateOfAllCanBeForgotten() throws {
        var memory = try memory([.max, .min, 0])
        memory.shrink(to: 1)
        #expect(memory.count == 1)
        #expect(memory.floor == 0)
    }

    @Test func theFloorOnlyRises() {
        var memory = ReplayMemory(floor: 5)
        memory.raiseFloor(to: 3)
        #expect(memory.floor == 5)
        memory.raiseFloor(to: 8)
        #expect(memory.floor == 8)
        memory.forget(before: .max)
        #expect(memory.floor == 8)
    }
}
