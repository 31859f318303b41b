import SPAReplay
import SPASystem
import Testing

@testable import SPAWorker

@Suite struct StoreInUse {
    @Test func whatWasRememberedIsKnownInTheNextLife() throws {
        let disk = try Disk()
        let records = try (0..<4).map { try Disk.record($0) }
        let store = try disk.open()
        #expect(store.opening == .intact)
        #expect(store.memory.floor == .min)
        for record in records {
            #expect(!store.refuses(record))
            try store.remember(record)
        }
        let again = try disk.open()
        #expect(again.opening == .intact)
        for record in records { #expect(again.refuses(record)) }
        #expect(!again.refuses(try Disk.record(9)))
    }

    @Test func aRecordIsWrittenCountedAndOnTheDiskBeforeAnythingIsGranted() throws {
        let files = try Disk().files()
        var steps: [StoreFiles.Step] = []
        files.beforeStep = { (step) throws(SystemError) in steps.append(step) }
        let store = try ReplayStore(files: files, now: Disk.now, maximumAge: Disk.maximumAge)
        #expect(steps == [.mark])
        steps = []
        try store.remember(try Disk.record(0))
        #expect(
            steps == [
                .write(0, at: ReplayFile.recordOffset(0)), .write(0, at: ReplayFile.tailOffset), .sync(0),
                .mark,
            ])
        steps = []
        try store.remember(try Disk.record(1), durably: false)
        #expect(
            steps == [
                .write(0, at: ReplayFile.recordOffset(1)), .write(0, at: ReplayFile.tailOffset), .mark,
            ])
    }

    @Test("A failure at any step refuses the packet, and forgets none", arguments: 0..<4)
    func failure(_ step: Int) throws {
        let disk = try Disk()
        let files = try disk.files()
        let store = try ReplayStore(files: files, now: Disk.now, maximumAge: Disk.maximumAge)
        try store.remember(try Disk.record(0))
        var left = step
        files.beforeStep = { (_) throws(SystemError) in
            guard left > 0 else { throw SystemError(call: "write", code: ErrorCode.invalid) }
            left -= 1
        }
        #expect(throws: SystemError.self) { try store.remember(try Disk.record(1)) }
        let again = try disk.open()
        #expect(again.opening == .intact)
        #expect(again.refuses(try Disk.record(0)))
        // And the life goes on.
        left = 100
        try store.remember(try Disk.record(2))
        let third = try disk.open()
        #expect(third.opening == .intact)
        for number in [0, 2] { #expect(third.refuses(try Disk.record(number))) }
    }
}

@Suite struct StoreThatIsDamaged {
    enum Harm: CaseIterable {
        case firstHeader, bothHeaders, record, tail, emptied, cut, longer, zeroed
    }

    private func harm(_ disk: Disk, _ harm: Harm) throws {
        let noise = [UInt8](repeating: 0xA5, count: 16)
        switch harm {
        case .firstHeader: try disk.write(noise, to: 0)
        case .bothHeaders: for file in 0...1 { try disk.write(noise, to: file) }
        case .record: try disk.write(noise, to: 0, at: ReplayFile.recordOffset(1))
        case .tail: try disk.write(noise, to: 0, at: ReplayFile.tailOffset)
        case .emptied: try disk.cut(0, to: 0)
        case .cut: try disk.cut(0, to: ReplayFile.recordOffset(2))
        case .longer: try disk.write([0], to: 0, at: ReplayFile.size)
        case .zeroed: try disk.write([UInt8](repeating: 0, count: ReplayFile.size), to: 0)
        }
    }

    private func used() throws -> Disk {
        let disk = try Disk()
        let store = try disk.open()
        for number in 0..<3 { try store.remember(try Disk.record(number, date: Disk.now + Int64(number))) }
        return disk
    }

    @Test("A damaged store refuses all that could have been granted, once", arguments: Harm.allCases)
    func floor(_ kind: Harm) throws {
        let disk = try used()
        try harm(disk, kind)
        let store = try disk.open(now: Disk.now + 1)
        guard case .damaged = store.opening else {
            Issue.record("\(kind) is not seen")
            return
        }
        for number in 0..<3 {
            #expect(store.refuses(try Disk.record(number, date: Disk.now + Int64(number))))
        }
        #expect(store.memory.floor >= Disk.now + 1 + 120)
        #expect(store.memory.floor <= Disk.now + 2 + 120)
        // From now on it is whole, with the floor kept.
        try store.remember(try Disk.record(7, date: store.memory.floor + 1), now: store.memory.floor + 1)
        let again = try disk.open(now: Disk.now + 200)
        #expect(again.opening == .intact)
        #expect(again.memory.floor == store.memory.floor)
        #expect(again.refuses(try Disk.record(7, date: store.memory.floor + 1)))
        #expect(try disk.size(0) == Int64(ReplayFile.size))
    }

    @Test("A clock set back does not lower the floor below what was granted", arguments: Harm.allCases)
    func clockSetBack(_ kind: Harm) throws {
        let disk = try used()
        try harm(disk, kind)
        let store = try disk.open(now: Disk.now - 3000)
        for number in 0..<2 {
            let known = store.refuses(try Disk.record(number, date: Disk.now + Int64(number)))
            // Where not one record is left, nothing tells.
            #expect(known || kind == .zeroed || kind == .emptied)
        }
    }

    @Test func withAClockThatIsPlainlyWrongItWaits() throws {
        let disk = try used()
        try disk.write([UInt8](repeating: 0, count: ReplayFile.size), to: 0)
        let store = try disk.open(now: 1000)
        #expect(store.missingDate(now: 1000) == ClockCheck.earliest)
        #expect(store.memory.floor == .max)
        try store.settle(now: 2000, maximumAge: 120)
        #expect(store.memory.floor == .max)
        try store.settle(now: Disk.now + 5, maximumAge: 120)
        #expect(store.missingDate(now: Disk.now + 5) == nil)
        #expect(store.memory.floor == Disk.now + 125)
        try store.settle(now: Disk.now + 500, maximumAge: 120)
        #expect(store.memory.floor == Disk.now + 125)
        let again = try disk.open()
        #expect(again.opening == .intact)
        #expect(again.memory.floor == Disk.now + 125)
    }

    @Test func aLifeThatEndsBeforeTheClockIsRightLeavesItDamaged() throws {
        let disk = try used()
        try disk.write([UInt8](repeating: 0, count: ReplayFile.size), to: 0)
        _ = try disk.open(now: 1000)
        let again = try disk.open()
        guard case .damaged = again.opening else {
            Issue.record("the damage is forgotten")
            return
        }
        #expect(again.memory.floor == Disk.now + 120)
    }

    @Test(
        "A crash at any step of beginning anew leaves a store that is damaged or has the floor",
        arguments: 0..<10)
    func crash(_ step: Int) throws {
        let disk = try used()
        try disk.write([0xA5], to: 0, at: ReplayFile.recordOffset(0))
        let files = try disk.files()
        var left = step
        files.beforeStep = { (_) throws(SystemError) in
            guard left > 0 else { throw SystemError(call: "write", code: ErrorCode.invalid) }
            left -= 1
        }
        _ = try? ReplayStore(files: files, now: Disk.now, maximumAge: Disk.maximumAge)
        #expect(left == 0)
        let store = try disk.open()
        for number in 0..<3 {
            #expect(store.refuses(try Disk.record(number, date: Disk.now + Int64(number))))
        }
    }
}
