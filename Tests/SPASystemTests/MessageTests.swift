import SPASystem
import Testing

@Suite struct Messages {
    @Test func keepTheirBorders() throws {
        try MessageSocketPair().take { (near, far) throws in
            let words: [[UInt8]] = [[1, 2, 3], [4]]
            for word in words { #expect(try near.send(word.span) == .sent) }
            var room = [UInt8](repeating: 0, count: 8)
            var span = room.mutableSpan
            #expect(try far.receive(into: &span) == .message(count: 3))
            #expect(try far.receive(into: &span) == .message(count: 1))
            #expect(try far.receive(into: &span) == .wouldBlock)
            _ = consume near
            try waitForHangUp(far.descriptor.number)
            #expect(try far.receive(into: &span) == .closed)
        }
    }

    @Test func areReportedWhenCut() throws {
        try MessageSocketPair().take { (near, far) throws in
            let word = [UInt8](repeating: 1, count: 9)
            #expect(try near.send(word.span) == .sent)
            var room = [UInt8](repeating: 0, count: 8)
            var span = room.mutableSpan
            #expect(try far.receive(into: &span) == .truncated)
        }
    }

    @Test func carryDescriptors() throws {
        try MessageSocketPair().take { (near, far) throws in
            let file = try MemoryFile.create("passed")
            let word: [UInt8] = [9]
            _ = try file.write(word.span)
            #expect(try near.send(word.span, descriptors: [file.number]) == .sent)
            var room: [UInt8] = [0]
            var span = room.mutableSpan
            var passed = ReceivedDescriptors()
            let arrival = try far.receive(into: &span, capacity: 1, descriptors: &passed)
            #expect(arrival == .message(count: 1))
            guard let owned = passed.takeFirst() else {
                Issue.record("no descriptor came")
                return
            }
            #expect(owned.number != file.number)
            #expect(try owned.pread(into: &span, at: 0) == 1)
            #expect(room == [9])
            // One more than there is room for.
            #expect(try near.send(word.span, descriptors: [file.number, file.number]) == .sent)
            var again = room.mutableSpan
            #expect(try far.receive(into: &again, capacity: 1, descriptors: &passed) == .truncated)
        }
    }

    @Test func reachAListenerOfTheSameUser() throws {
        let path = temporaryPath("socket")
        defer { try? FileSystem.remove(path) }
        let listener = try MessageListener(path: path, mode: 0o600)
        #expect(try FileSystem.facts(path).mode == 0o600)
        #expect(try listener.accept() == nil)
        let caller = try MessageSocket(connectingTo: path)
        let word: [UInt8] = [5]
        _ = try caller.send(word.span)
        guard let callee = try listener.accept() else {
            Issue.record("nobody called")
            return
        }
        #expect(try callee.descriptor.peerUser() == CurrentProcess.effectiveUser)
        var room: [UInt8] = [0]
        var span = room.mutableSpan
        #expect(try callee.receive(into: &span) == .message(count: 1))
    }
}
