/// What the two store files say at start.
package enum ReplayReading: Sendable {
    /// Nothing is missing. The file `active` goes on at `nextSlot`. `unretired` is the header of the other file where a
    /// crash kept it from being retired: that has to be made up for, or it would be believed once its successor is lost.
    case intact(
        memory: ReplayMemory, active: Int, generation: UInt64, nextSlot: Int, unretired: ReplayFile.Header?)
    /// Records may have been lost. `latest` is the latest date seen in what is readable; `generation` is above all seen.
    case damaged(reason: Damage, latest: Int64?, generation: UInt64)

    /// In what way a store is damaged.
    package enum Damage: Sendable, Equatable {
        /// No file has a valid header, or its size is wrong.
        case noHeader
        /// The file in force is gone: only a retired one is left.
        case activeLost
        /// Fewer records than the tail counts, or a record that is not whole.
        case recordsLost
        /// The tail itself is not whole.
        case tailLost
        /// Whole, but not as far as the store had come since the machine started: an older copy.
        case older
        /// The mark that says how far it had come is not whole.
        case markLost
    }

    /// Reads the images of both files, in their order.
    ///
    /// - Parameter mark: how far the store had come on this machine since it started.
    package static func read(
        _ first: Span<UInt8>, _ second: Span<UInt8>, mark: ReplayMark.Reading = .nothing
    ) -> ReplayReading {
        let headers = [ReplayFile.decodeHeader(first), ReplayFile.decodeHeader(second)]
        let top = headers.compactMap { $0?.generation }.max() ?? 0
        // Above the mark as well, or the store that is begun anew would be taken for an older one.
        let highest = if case .mark(let seen) = mark { max(top, seen.generation) } else { top }
        let next = highest == .max ? highest : highest + 1
        func damaged(_ reason: Damage) -> ReplayReading {
            let dates = [latest(first, headers[0]), latest(second, headers[1])].compactMap { $0 }
            return .damaged(reason: reason, latest: dates.max(), generation: next)
        }
        // Both in force: the crash came before the older one was retired; the newer is complete.
        let live = headers.indices.filter { headers[$0].map { !$0.isRetired } ?? false }
        guard let active = live.max(by: { generation(headers[$0]) < generation(headers[$1]) }) else {
            return damaged(headers.contains { $0 != nil } ? .activeLost : .noHeader)
        }
        guard let header = headers[active] else { return damaged(.noHeader) }
        // A retired file that is newer than the one in force: its successor is gone.
        guard header.generation == top else { return damaged(.activeLost) }
        let image = active == 0 ? first : second
        guard let count = ReplayFile.decodeTailCount(image, generation: header.generation) else {
            return damaged(.tailLost)
        }
        var memory = ReplayMemory(floor: header.floor)
        var slot = 0
        while slot < ReplayFile.capacity,
            let record = ReplayFile.decodeRecord(image, slot: slot, generation: header.generation)
        {
            memory.insert(record)
            slot += 1
        }
        // One more record than counted is the crash between record and tail; its packet was not granted, and is kept.
        guard slot >= count else { return damaged(.recordsLost) }
        switch mark {
        case .nothing: break
        case .unreadable: return damaged(.markLost)
        case .mark(let seen):
            guard ReplayMark(generation: header.generation, count: slot) >= seen else {
                return damaged(.older)
            }
        }
        let other = headers[1 - active]
        return .intact(
            memory: memory, active: active, generation: header.generation, nextSlot: slot,
            unretired: other.flatMap { $0.isRetired ? nil : $0 })
    }

    private static func generation(_ header: ReplayFile.Header?) -> UInt64 { header?.generation ?? 0 }

    /// The latest date in what is left of a file. Where the header is gone, the records still tell.
    private static func latest(_ image: Span<UInt8>, _ header: ReplayFile.Header?) -> Int64? {
        var latest = header.flatMap { $0.floor == .min ? nil : $0.floor }
        for slot in 0..<ReplayFile.capacity {
            guard let record = ReplayFile.decodeRecord(image, slot: slot, generation: nil) else { continue }
            latest = max(latest ?? .min, record.timestamp)
        }
        return latest
    }
}
