import SPAChannel
import Testing

@Suite struct FrameBatches {
    private func frames(_ message: [UInt8]) throws -> [[UInt8]] {
        var frames: [[UInt8]] = []
        try FrameBatch.forEach(in: message.span) { (frame: Span<UInt8>) in
            var copy: [UInt8] = []
            for index in frame.indices { copy.append(frame[index]) }
            frames.append(copy)
        }
        return frames
    }

    @Test func framesComeBackInOrder() throws {
        var batch = FrameBatch()
        #expect(try frames(batch.message) == [])
        let sent: [[UInt8]] = [[1], [], [2, 3, 4], [UInt8](repeating: 9, count: 1500)]
        for frame in sent { batch.append(frame.span) }
        #expect(batch.count == 4)
        #expect(try frames(batch.message) == sent)
        batch.removeAll()
        #expect(batch.count == 0)
        #expect(try frames(batch.message) == [])
    }

    @Test func aBatchIsNeverLongerThanItsLimit() throws {
        var batch = FrameBatch()
        let frame = [UInt8](repeating: 1, count: 1000)
        while batch.hasRoom(for: frame.count) { batch.append(frame.span) }
        let full = batch.count
        #expect(full == (FrameBatch.limit - 1) / 1002)
        batch.append(frame.span)
        #expect(batch.count == full)
        #expect(batch.message.count <= FrameBatch.limit)
        #expect(try frames(batch.message).count == full)
    }

    @Test("The largest frame of all fits alone, and one byte more does not")
    func largest() {
        let batch = FrameBatch()
        #expect(batch.hasRoom(for: FrameBatch.limit - 3))
        #expect(!batch.hasRoom(for: FrameBatch.limit - 2))
        #expect(!batch.hasRoom(for: .max - 100))
    }

    @Test("A batch that was cut inside a frame is refused")
    func cut() throws {
        var batch = FrameBatch()
        for frame in [[1, 2], [3]] as [[UInt8]] { batch.append(frame.span) }
        let message = batch.message
        for count in 0...message.count {
            let piece = Array(message[..<count])
            switch count {
            case 1, 5, 8: #expect(try frames(piece).count == [1: 0, 5: 1, 8: 2][count])
            default: #expect(throws: FrameBatchFailure<Never>.self) { try frames(piece) }
            }
        }
    }

    @Test("Other messages are no batch", arguments: [0, 1, 2, 4, 255] as [UInt8])
    func tags(_ tag: UInt8) {
        #expect(throws: (any Error).self) { try frames([tag, 0, 1, 9]) }
    }
}
