import SPAReplay
import Testing

@Suite struct Layout {
    @Test func aFileHasHeaderSlotsAndTailOf64BytesEach() throws {
        let store = try Store()
        #expect(ReplayFile.size == 2_097_280)
        #expect(store.files.map(\.count) == [ReplayFile.size, ReplayFile.size])
        #expect(ReplayFile.recordOffset(0) == 64)
        #expect(ReplayFile.tailOffset + 64 == ReplayFile.size)
        #expect(ReplayFile.recordOffset(ReplayFile.capacity) == ReplayFile.tailOffset)
        #expect(Array(store.files[0][0..<8]) == Array("SLYRPLY1".utf8))
        #expect(
            Array(store.files[0][ReplayFile.tailOffset..<(ReplayFile.tailOffset + 8)])
                == Array("SLYTAIL1".utf8))
    }

    @Test func whatIsWrittenIsRead() throws {
        let store = try Store()
        #expect(store.summary == .whole(5))
        guard case .intact(let memory, _, _, _, _) = store.read() else { return }
        for number in 0..<5 { #expect(memory.contains(try Store.record(number).key)) }
        // The retired file's records were taken over by its successor, or lie below the floor.
        #expect(!memory.contains(try Store.record(900).key))
        #expect(memory.latest == 1004)
    }

    @Test func recordsAreAddedOneByOne() throws {
        var store = try Store(0)
        for slot in 0..<3 {
            let record = ReplayFile.encode(try Store.record(slot), slot: slot, generation: 7)
            store.write(record, to: 0, at: ReplayFile.recordOffset(slot))
            store.write(
                ReplayFile.encodeTail(count: slot + 1, generation: 7), to: 0, at: ReplayFile.tailOffset)
            #expect(store.summary == .whole(slot + 1))
        }
    }

    @Test func theOrderOfTheFilesMakesNoDifference() throws {
        var store = try Store()
        store.files.swapAt(0, 1)
        #expect(store.summary == .whole(5, active: 1))
    }

    @Test func aFullFileIsReadToItsLastSlot() throws {
        var store = try Store(0)
        let header = ReplayFile.Header(generation: 7, floor: 100, isRetired: false)
        store.files[0] = ReplayFile.image(
            try (0..<ReplayFile.capacity).map { try Store.record($0) }, header: header)
        #expect(store.summary == .whole(ReplayFile.capacity))
    }

    @Test("A record counts only in its slot and its generation")
    func strays() throws {
        for (slot, generation) in [(5, 6), (6, 7), (4, 7)] as [(Int, UInt64)] {
            var store = try Store()
            let stray = ReplayFile.encode(try Store.record(50), slot: slot, generation: generation)
            store.write(stray, to: 0, at: ReplayFile.recordOffset(5))
            #expect(store.summary == .whole(5))
        }
    }
}
