internal import SPAReplay
internal import SPASystem

/// The replay memory and the two files behind it.
///
/// A record is written, and where a door is going to open also synced, before anybody is asked to open it. Where that fails
/// the packet is refused.
final class ReplayStore {
    private let files: StoreFiles
    private(set) var memory: ReplayMemory
    private var active: Int
    private var generation: UInt64
    private var nextSlot: Int

    /// What the files said when they were opened.
    enum Opening: Equatable {
        case intact
        case damaged(ReplayReading.Damage)
    }

    let opening: Opening
    /// The latest date on record and the generation to go on with, while a damaged store waits for a clock that can be right.
    private var unsettled: (latest: Int64?, generation: UInt64)?

    /// Reads both files. A store that is not whole is begun anew, with a floor that refuses every packet which could have
    /// been granted before.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - maximumAge: how far ahead of us a packet may be dated, in seconds.
    init(files: StoreFiles, now: Int64, maximumAge: UInt32) throws(SystemError) {
        self.files = files
        let first = try files.image(0)
        let second = try files.image(1)
        switch ReplayReading.read(first.span, second.span, mark: try files.readMark()) {
        case .intact(let memory, let active, let generation, let nextSlot, let unretired):
            self.memory = memory
            self.active = active
            self.generation = generation
            self.nextSlot = nextSlot
            opening = .intact
            if let unretired { try retire(1 - active, unretired) }
            try files.mark(ReplayMark(generation: generation, count: nextSlot))
        case .damaged(let reason, let latest, let generation):
            memory = ReplayMemory(floor: .max)
            active = 0
            self.generation = generation
            nextSlot = 0
            opening = .damaged(reason)
            unsettled = (latest, generation)
            try settle(now: now, maximumAge: maximumAge)
        }
    }

    /// Begins a damaged store anew once the clock can be right; before, everything is refused. A floor made from a clock
    /// that is plainly wrong would lie below packets that were granted.
    func settle(now: Int64, maximumAge: UInt32) throws(SystemError) {
        guard let (latest, generation) = unsettled, ClockCheck.missing(now: now, latest: latest) == nil else {
            return
        }
        let (floor, overflow) = max(now, latest ?? now).addingReportingOverflow(Int64(maximumAge))
        memory = ReplayMemory(floor: overflow ? .max : floor)
        self.generation = generation
        try begin(file: 0, records: [])
        try files.invalidate(1)
        try files.mark(ReplayMark(generation: generation, count: 0))
        unsettled = nil
    }

    /// The date that the clock must reach before packets are judged; nil when it reads one that can be right.
    func missingDate(now: Int64) -> Int64? {
        ClockCheck.missing(now: now, latest: unsettled?.latest ?? memory.latest)
    }

    /// Remembers a packet; with `durably`, also through a power cut.
    func remember(_ record: ReplayRecord, now: Int64, maximumAge: UInt32, durably: Bool) throws(SystemError) {
        if nextSlot >= ReplayFile.capacity { try turnOver(now: now, maximumAge: maximumAge) }
        memory.insert(record)
        let bytes = ReplayFile.encode(record, slot: nextSlot, generation: generation)
        try files.write(bytes, to: active, at: ReplayFile.recordOffset(nextSlot))
        let tail = ReplayFile.encodeTail(count: nextSlot + 1, generation: generation)
        try files.write(tail, to: active, at: ReplayFile.tailOffset)
        nextSlot += 1
        if durably { try files.sync(active) }
        // Never ahead of the store: a crash in between would make an honest store look like an older copy.
        try files.mark(ReplayMark(generation: generation, count: nextSlot))
    }

    /// Replaces the full file by the other one with what is still needed.
    private func turnOver(now: Int64, maximumAge: UInt32) throws(SystemError) {
        memory.forget(before: now - 2 * Int64(maximumAge))
        memory.shrink(to: ReplayFile.capacity / 2)
        let full = active
        let old = ReplayFile.Header(generation: generation, floor: memory.floor, isRetired: false)
        generation += 1
        try begin(file: 1 - full, records: memory.records)
        active = 1 - full
        nextSlot = memory.count
        // Only now, when its successor is complete.
        try retire(full, old)
    }

    private func retire(_ file: Int, _ header: ReplayFile.Header) throws(SystemError) {
        var header = header
        header.isRetired = true
        try files.write(ReplayFile.encode(header), to: file, at: 0)
        try files.sync(file)
    }

    /// Writes a whole file; its header last, so that it is in force only when it is complete.
    private func begin(file: Int, records: [ReplayRecord]) throws(SystemError) {
        try files.invalidate(file)
        let header = ReplayFile.Header(generation: generation, floor: memory.floor, isRetired: false)
        let image = ReplayFile.image(records, header: header)
        try files.write(Array(image[ReplayFile.partSize...]), to: file, at: ReplayFile.partSize)
        try files.cut(file)
        try files.sync(file)
        try files.write(ReplayFile.encode(header), to: file, at: 0)
        try files.sync(file)
    }
}
