import SPAReplay
import Testing

@Suite struct Damage {
    /// Offsets in a file with five records: part borders, and places inside parts.
    static let cuts: [Int] = {
        var cuts = [ReplayFile.size / 2]
        for part in 0...7 { cuts += [part * 64, part * 64 + 1, part * 64 + 33] }
        for place in [-64, -1, 0, 1, 32, 63] { cuts.append(ReplayFile.tailOffset + place) }
        return cuts
    }()

    @Test(
        "A file that was cut is damaged, and what is left of it still tells the latest date", arguments: cuts)
    func truncation(_ size: Int) throws {
        var store = try Store()
        store.files[0].removeLast(ReplayFile.size - size)
        // Of the retired file: 1901.
        #expect(store.summary == .damaged(.activeLost, latest: 1901, generation: 7))
        store.files[1] = []
        let whole = min(5, max(0, size / 64 - 1))
        let latest = whole == 0 ? nil : 999 + Int64(whole)
        #expect(store.summary == .damaged(.noHeader, latest: latest, generation: 1))
    }

    @Test("A file that is too long is damaged", arguments: [1, 63, 64, ReplayFile.size])
    func extension_(_ more: Int) throws {
        var store = try Store()
        store.files[0] += [UInt8](repeating: 0, count: more)
        #expect(store.summary == .damaged(.activeLost, latest: 1901, generation: 7))
    }

    @Test("A record with one bit wrong is missed", arguments: 0..<5)
    func scribbledRecord(_ slot: Int) throws {
        for offset in [0, 31, 32, 39, 40, 44, 48, 55, 56, 63] {
            var store = try Store()
            store.files[0][ReplayFile.recordOffset(slot) + offset] ^= 0x10
            let latest: Int64 = 1901
            #expect(store.summary == .damaged(.recordsLost, latest: latest, generation: 8), "byte \(offset)")
        }
    }

    @Test("A record of zeros, or of another's bytes, is missed", arguments: 0..<5)
    func zeroedRecord(_ slot: Int) throws {
        var store = try Store()
        store.write([UInt8](repeating: 0, count: 64), to: 0, at: ReplayFile.recordOffset(slot))
        #expect(store.summary == .damaged(.recordsLost, latest: 1901, generation: 8))
        let other = (slot + 1) % 5
        let offset = ReplayFile.recordOffset(other)
        store.write(Array(store.files[0][offset..<(offset + 64)]), to: 0, at: ReplayFile.recordOffset(slot))
        #expect(store.summary == .damaged(.recordsLost, latest: 1901, generation: 8))
    }

    @Test("Every bit of the header counts", arguments: 0..<64)
    func header(_ offset: Int) throws {
        var store = try Store()
        store.files[0][offset] ^= 0x01
        #expect(store.summary == .damaged(.activeLost, latest: 1901, generation: 7))
    }

    @Test("Every bit of the tail counts", arguments: 0..<64)
    func tail(_ offset: Int) throws {
        var store = try Store()
        store.files[0][ReplayFile.tailOffset + offset] ^= 0x80
        #expect(store.summary == .damaged(.tailLost, latest: 1901, generation: 8))
    }

    @Test func aTailOfAnotherGenerationIsNone() throws {
        var store = try Store()
        store.write(ReplayFile.encodeTail(count: 5, generation: 6), to: 0, at: ReplayFile.tailOffset)
        #expect(store.summary == .damaged(.tailLost, latest: 1901, generation: 8))
    }

    @Test func aFileOfOldBytesInANewOnesPlaceIsNotBelieved() throws {
        // An older state of the file in force, put back whole: it was retired since.
        var store = try Store()
        let retired = ReplayFile.Header(generation: 7, floor: 100, isRetired: true)
        store.write(ReplayFile.encode(retired), to: 0, at: 0)
        #expect(store.summary == .damaged(.activeLost, latest: 1901, generation: 8))
    }

    /// Headers of the two files (nil: gone), and what is made of them.
    static let headers: [(first: ReplayFile.Header?, second: ReplayFile.Header?, reading: Store.Summary)] = {
        func header(_ generation: UInt64, _ isRetired: Bool) -> ReplayFile.Header {
            ReplayFile.Header(generation: generation, floor: 100, isRetired: isRetired)
        }
        let both = Store.Summary.intact(
            count: 1, floor: 100, active: 1, generation: 8, nextSlot: 1, unretired: header(7, false))
        return [
            (header(7, false), nil, .whole(1)), (nil, header(7, false), .whole(1, active: 1)),
            (header(7, false), header(6, true), .whole(1)), (header(7, false), header(8, false), both),
            (header(7, true), header(8, false), .whole(1, active: 1, generation: 8)),
            (header(7, true), nil, .damaged(.activeLost, latest: 1000, generation: 8)),
            (header(7, true), header(6, true), .damaged(.activeLost, latest: 1000, generation: 8)),
            (header(7, true), header(6, false), .damaged(.activeLost, latest: 1000, generation: 8)),
            (nil, nil, .damaged(.noHeader, latest: 1000, generation: 1)),
            (header(.max, true), nil, .damaged(.activeLost, latest: 1000, generation: .max)),
        ]
    }()

    @Test("The newest file in force counts, if no newer one was there", arguments: headers)
    func inForce(_ first: ReplayFile.Header?, _ second: ReplayFile.Header?, _ reading: Store.Summary) throws {
        var store = try Store(0)
        for (file, header) in [first, second].enumerated() {
            let given = header ?? ReplayFile.Header(generation: 1, floor: 0, isRetired: false)
            store.files[file] = ReplayFile.image([try Store.record(0)], header: given)
            if header == nil { store.write([UInt8](repeating: 0, count: 64), to: file, at: 0) }
        }
        #expect(store.summary == reading)
    }
}
