import SPAReplay
import Testing

@Suite struct Marks {
    @Test(
        "What is written is read",
        arguments: [(1, 0), (7, 5), (.max, ReplayFile.capacity)] as [(UInt64, Int)])
    func roundTrip(_ generation: UInt64, _ count: Int) {
        let mark = ReplayMark(generation: generation, count: count)
        let bytes = mark.encoded
        #expect(bytes.count == ReplayFile.partSize)
        #expect(ReplayMark.read(bytes.span) == .mark(mark))
    }

    @Test func zerosAreNoMarkAndEverythingElseIsAWrongOne() {
        let zeros = [UInt8](repeating: 0, count: ReplayFile.partSize)
        #expect(ReplayMark.read(zeros.span) == .nothing)
        let short = [UInt8](repeating: 0, count: ReplayFile.partSize - 1)
        #expect(ReplayMark.read(short.span) == .unreadable)
        let beyond = ReplayMark(generation: 1, count: ReplayFile.capacity + 1).encoded
        #expect(ReplayMark.read(beyond.span) == .unreadable)
        for index in 0..<ReplayFile.partSize {
            var bytes = ReplayMark(generation: 7, count: 5).encoded
            bytes[index] ^= 0x10
            #expect(ReplayMark.read(bytes.span) == .unreadable)
        }
    }

    /// The store has generation 7 and 5 records.
    static let marks: [(mark: ReplayMark.Reading, isBelieved: Bool)] = [
        (.nothing, true), (.mark(ReplayMark(generation: 7, count: 5)), true),
        (.mark(ReplayMark(generation: 7, count: 4)), true),
        (.mark(ReplayMark(generation: 6, count: ReplayFile.capacity)), true),
        (.mark(ReplayMark(generation: 7, count: 6)), false),
        (.mark(ReplayMark(generation: 8, count: 0)), false),
        (.unreadable, false),
    ]

    @Test("A store that has not come as far as the mark says is damage", arguments: marks)
    func older(_ mark: ReplayMark.Reading, _ isBelieved: Bool) throws {
        let store = try Store()
        let (first, second) = (store.files[0], store.files[1])
        switch ReplayReading.read(first.span, second.span, mark: mark) {
        case .intact: #expect(isBelieved)
        case .damaged(let reason, let latest, let generation):
            #expect(!isBelieved)
            #expect(reason == (mark == .unreadable ? .markLost : .older))
            // The retired file's dates count as well.
            #expect(latest == 1901)
            // What is begun now is believed at the next start.
            if case .mark(let seen) = mark { #expect(ReplayMark(generation: generation, count: 0) > seen) }
        }
    }

    @Test func aLostStoreIsBegunAboveTheMark() throws {
        let nothing: [UInt8] = []
        let mark = ReplayMark.Reading.mark(ReplayMark(generation: 41, count: 3))
        guard
            case .damaged(.noHeader, _, let generation) = ReplayReading.read(
                nothing.span, nothing.span, mark: mark)
        else {
            Issue.record("it is believed")
            return
        }
        #expect(generation == 42)
    }
}
