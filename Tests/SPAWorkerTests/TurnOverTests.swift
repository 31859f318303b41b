import SPAReplay
import Testing

@testable import SPAWorker

@Suite struct TurnOver {
    /// A full file: a quarter of its packets is out of date, the others are not.
    static let full: [ReplayRecord] = (0..<ReplayFile.capacity).compactMap { number in
        let isOld = number < ReplayFile.capacity / 4
        return try? Disk.record(number, date: isOld ? Disk.now - 1000 : Disk.now - 200 + Int64(number / 200))
    }

    static let image = ReplayFile.image(full, header: Disk.header(1, retired: false))

    private func disk() throws -> Disk {
        let disk = try Disk()
        try disk.write(TurnOver.image, to: 0)
        return disk
    }

    private func checkAll(_ store: ReplayStore) {
        let accepted = TurnOver.full.filter { !store.refuses($0) }
        #expect(accepted.isEmpty, "\(accepted.count) packets would be accepted again")
    }

    @Test func aFullFileGivesWayToTheOtherWithWhatIsStillNeeded() throws {
        #expect(TurnOver.full.count == ReplayFile.capacity)
        let disk = try disk()
        let store = try disk.open()
        #expect(store.memory.count == ReplayFile.capacity)
        try store.remember(try Disk.record(1_000_000))
        #expect(store.memory.count <= ReplayFile.capacity / 2 + 1)
        #expect(store.memory.floor < Disk.now)
        let again = try disk.open()
        #expect(again.opening == .intact)
        #expect(again.memory.count == store.memory.count)
        #expect(again.memory.floor == store.memory.floor)
        checkAll(again)
        #expect(again.refuses(try Disk.record(1_000_000)))
        // The first file is retired: without the second, the store is damaged and not an older one.
        try disk.cut(1, to: 0)
        let lost = try disk.open()
        #expect(lost.opening == .damaged(.activeLost))
        checkAll(lost)
    }

    @Test("A crash at any step of the turn-over forgets no packet", arguments: 0...13)
    func crash(_ step: Int) throws {
        let disk = try disk()
        let store = try disk.open(failingAfter: step)
        let new = try Disk.record(1_000_000)
        let isRemembered = (try? store.remember(new)) != nil
        // Thirteen steps: invalidate, body, cut, header, retire, record, tail, with five syncs, and the mark.
        #expect(isRemembered == (step == 13))
        let again = try disk.open()
        #expect(again.opening == .intact)
        checkAll(again)
        #expect(!isRemembered || again.refuses(new))
        // What the crash left undone is made up for: an older file is believed no more.
        if again.memory.count < ReplayFile.capacity {
            try disk.cut(1, to: 0)
            let lost = try disk.open()
            #expect(lost.opening == .damaged(.activeLost))
            checkAll(lost)
        }
    }
}
