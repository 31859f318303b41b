import SPAChannel
import SPANet
import SPASystem
import Testing

@testable import SPAHelper

/// A supervisor that reads when it is asked to.
private final class Reader {
    let socket: MessageSocket

    init(_ socket: consuming MessageSocket) { self.socket = socket }

    /// All events that wait.
    func all() throws -> [HelperEvent] {
        var events: [HelperEvent] = []
        var room = [UInt8](repeating: 0, count: 2000)
        while true {
            var span = room.mutableSpan
            guard case .message(let count) = try socket.receive(into: &span) else { return events }
            events.append(try HelperEvent(decoding: room.span.extracting(0..<count)))
        }
    }
}

@Suite struct LinksToTheSupervisor {
    private func pair() throws -> (SupervisorLink, Reader) {
        try MessageSocketPair().take { (SupervisorLink($0), Reader($1)) }
    }

    private let granted: HelperEvent
    private let expired: HelperEvent

    init() throws {
        let (source, door) = (IPAddress.v4(IPv4Address(bits: 1)), try #require(Service("tcp/22")))
        granted = .granted(id: 1, stanza: 1, source: source, service: door, expires: 9, extended: false)
        expired = .expired(IPNetwork(only: source), service: door, expires: 9)
    }

    @Test func whatIsLostIsToldByKindAndChangesOfStateAreKept() throws {
        let (link, reader) = try pair()
        for _ in 0..<5000 { link.send(granted) }
        for _ in 0..<7 { link.send(expired) }
        link.send(.committed(generation: 3))
        #expect(link.wants.contains(.writable))
        link.flush()
        #expect(link.wants.contains(.writable))

        let taken = try reader.all()
        #expect((100..<5000).contains(taken.count))
        // Room alone does not let an event pass its predecessors.
        link.send(expired)
        #expect(try reader.all().isEmpty)
        link.flush()
        let lost = 5000 - taken.count
        #expect(
            try reader.all() == [
                .message(
                    .warning,
                    "\(lost) lines about added rules, 8 lines about removed rules were lost while spad stood still"
                ),
                .committed(generation: 3),
            ])
        #expect(!link.wants.contains(.writable))
        link.send(granted)
        #expect(try reader.all() == [granted])
    }

    @Test func aLargerBufferKeepsThemAll() throws {
        let (link, reader) = try MessageSocketPair().take { (ours, theirs) throws(SystemError) in
            try ours.enlargeSendBuffer(to: 4 << 20)
            return (SupervisorLink(ours), Reader(theirs))
        }
        for _ in 0..<200 { link.send(granted) }
        #expect(try reader.all().count == 200)
    }

    @Test func ofWhatBecameOfTheCaptureTheLatestIsKept() throws {
        let (link, reader) = try pair()
        while !link.wants.contains(.writable) { link.send(granted) }
        link.send(.committed(generation: 3))
        for _ in 0..<500 {
            link.send(.capture(.missing, untold: 0))
            link.send(.capture(.up("eth1"), untold: 2))
        }
        _ = try reader.all()
        link.flush()
        #expect(
            try reader.all().suffix(2) == [
                .committed(generation: 3), .capture(.up("eth1"), untold: 1999),
            ])
        #expect(!link.wants.contains(.writable))
    }
}
