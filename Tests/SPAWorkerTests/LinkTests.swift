import SPAChannel
import SPANet
import SPASystem
import Testing

@testable import SPAWorker

/// A supervisor that reads when it is asked to.
private final class Reader {
    let socket: MessageSocket

    init(_ socket: consuming MessageSocket) { self.socket = socket }

    /// All events that wait.
    func all() throws -> [WorkerEvent] {
        var events: [WorkerEvent] = []
        var room = [UInt8](repeating: 0, count: WorkerEvent.size)
        while true {
            var span = room.mutableSpan
            guard case .message = try socket.receive(into: &span) else { return events }
            events.append(try WorkerEvent(decoding: room.span))
        }
    }
}

@Suite struct LinksOfTheWorker {
    private let source = IPAddress.v4(IPv4Address(bits: 1))
    private let second: Int64 = 1_000_000_000

    private func pair() throws -> (SupervisorLink, Reader) {
        try MessageSocketPair().take { (SupervisorLink($0), Reader($1)) }
    }

    private func refused(_ reason: WorkerRefusal) -> WorkerEvent {
        .refused(reason, stanza: 0, packetSource: source, detail: RefusalDetail(), user: [])
    }

    @Test func whatIsLostIsToldAndChangesOfStateAreKept() throws {
        let (link, reader) = try pair()
        let accepted = WorkerEvent.accepted(
            firstID: 1, count: 1, stanza: 1, packetSource: source, user: [0x61])
        for _ in 0..<5000 { link.sendAccepted(accepted) }
        link.send(.committed(generation: 3))
        #expect(link.wants.contains(.writable))
        link.flush()
        #expect(link.wants.contains(.writable))
        let taken = try reader.all()
        #expect((100..<5000).contains(taken.count))
        link.sendAccepted(accepted)
        link.flush()
        #expect(
            try reader.all() == [.lost(accepted: UInt64(5001 - taken.count)), .committed(generation: 3)])
        #expect(!link.wants.contains(.writable))
    }

    @Test func garbageHasALimitOfItsOwnAndNumbersAreToldOnceASecond() throws {
        let (link, reader) = try pair()
        for _ in 0..<100 { link.sendLimited(refused(.garbage), isGarbage: true, at: second) }
        #expect(try reader.all() == [WorkerEvent](repeating: refused(.garbage), count: 20))
        for _ in 0..<60 { link.sendLimited(refused(.replay), at: second) }
        let events = try reader.all()
        #expect(events.first == .suppressed(count: 0, garbage: 80))
        #expect(Array(events.dropFirst()) == [WorkerEvent](repeating: refused(.replay), count: 50))
        #expect(link.isUnsettled)
        link.settle(at: second)
        #expect(try reader.all() == [.suppressed(count: 10, garbage: 0)])
        #expect(!link.isUnsettled)
        link.sendLimited(refused(.replay), at: second)
        link.settle(at: second + 1)
        #expect(try reader.all().isEmpty)
        link.settle(at: 2 * second)
        #expect(try reader.all() == [.suppressed(count: 1, garbage: 0)])
    }
}
