import SPAReplay
import Testing

@testable import SPAWorker

@Suite struct AnOlderCopy {
    private func remember(_ store: ReplayStore, _ numbers: Range<Int>) throws {
        for number in numbers { try store.remember(try Disk.record(number)) }
    }

    @Test("Put back on the same boot, it refuses what was granted since", arguments: [0, 1, 3])
    func sameBoot(_ records: Int) throws {
        let disk = try Disk()
        let store = try disk.open()
        try remember(store, 0..<records)
        let copy = try disk.copy()
        try remember(store, records..<5)
        try disk.restore(copy)
        let next = try disk.open(now: Disk.now + 1)
        #expect(next.opening == .damaged(.older))
        for number in 0..<5 { #expect(next.refuses(try Disk.record(number))) }
        #expect(next.memory.floor == Disk.now + 121)
        // Once only; and the same copy once more is found out as well.
        #expect(try disk.open(now: Disk.now + 2).opening == .intact)
        try disk.restore(copy)
        #expect(try disk.open(now: Disk.now + 3).opening == .damaged(.older))
    }

    @Test func theSameStatePutBackIsNoLoss() throws {
        let disk = try Disk()
        try remember(try disk.open(), 0..<3)
        try disk.restore(try disk.copy())
        #expect(try disk.open().opening == .intact)
    }

    @Test func afterABootNobodyKnowsBetter() throws {
        let disk = try Disk()
        let store = try disk.open()
        let copy = try disk.copy()
        try remember(store, 0..<3)
        try disk.restore(copy)
        try disk.boot()
        #expect(try disk.open().opening == .intact)
        #expect(try disk.mark() == .mark(ReplayMark(generation: 1, count: 0)))
    }

    @Test func aCopyFromBeforeATurnOverIsOlder() throws {
        let disk = try Disk()
        try disk.write(TurnOver.image, to: 0)
        let store = try disk.open()
        let copy = try disk.copy()
        try store.remember(try Disk.record(1_000_000))
        try disk.restore(copy)
        let next = try disk.open()
        #expect(next.opening == .damaged(.older))
        #expect(next.refuses(try Disk.record(1_000_000)))
    }

    @Test func anUnreadableMarkIsALoss() throws {
        let disk = try Disk()
        try remember(try disk.open(), 0..<2)
        try disk.writeMark([1, 2, 3])
        #expect(try disk.open().opening == .damaged(.markLost))
        #expect(try disk.open().opening == .intact)
    }

    @Test("A crash at any step never makes an honest store look older", arguments: 0...4)
    func crash(_ step: Int) throws {
        let disk = try Disk()
        try remember(try disk.open(), 0..<2)
        let store = try disk.open(failingAfter: step)
        let third = try Disk.record(2)
        let isRemembered = (try? store.remember(third)) != nil
        #expect(isRemembered == (step == 4))
        let next = try disk.open()
        #expect(next.opening == .intact)
        #expect(!isRemembered || next.refuses(third))
    }
}
