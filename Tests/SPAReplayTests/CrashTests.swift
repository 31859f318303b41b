import SPAReplay
import Testing

@Suite struct Crashes {
    private static let slotFive = ReplayFile.recordOffset(5)

    @Test("A record torn at any byte was not granted: the store is whole without it", arguments: 0..<64)
    func tornRecord(_ count: Int) throws {
        var store = try Store()
        let record = ReplayFile.encode(try Store.record(5), slot: 5, generation: 7)
        store.write(Array(record[..<count]), to: 0, at: Crashes.slotFive)
        #expect(store.summary == .whole(5))
    }

    @Test func aRecordWithoutItsTailIsKept() throws {
        var store = try Store()
        store.write(
            ReplayFile.encode(try Store.record(5), slot: 5, generation: 7), to: 0, at: Crashes.slotFive)
        #expect(store.summary == .whole(6))
    }

    @Test("A tail torn at any byte never hides a record that it counted", arguments: 0...64)
    func tornTail(_ count: Int) throws {
        var store = try Store()
        store.write(
            ReplayFile.encode(try Store.record(5), slot: 5, generation: 7), to: 0, at: Crashes.slotFive)
        let tail = ReplayFile.encodeTail(count: 6, generation: 7)
        store.write(Array(tail[..<count]), to: 0, at: ReplayFile.tailOffset)
        switch store.summary {
        case .damaged(.tailLost, _, generation: 8): #expect(count > 0 && count < 64)
        case let whole: #expect(whole == .whole(6))
        }
    }

    @Test func aTailThatReachedTheDiskBeforeItsRecordShowsTheLoss() throws {
        var store = try Store()
        store.write(ReplayFile.encodeTail(count: 6, generation: 7), to: 0, at: ReplayFile.tailOffset)
        #expect(store.summary == .damaged(.recordsLost, latest: 1901, generation: 8))
    }
}
