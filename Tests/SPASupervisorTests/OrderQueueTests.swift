import SPASystem
import Testing

@testable import SPASupervisor

/// What a connection answers to each try, in turn; what it took.
private final class Connection {
    var answers: [Result<MessageDeparture, SystemError>] = []
    private(set) var taken: [[UInt8]] = []
    private(set) var tries = 0

    func take(_ message: Span<UInt8>) throws(SystemError) -> MessageDeparture {
        tries += 1
        let answer = answers.isEmpty ? .success(.sent) : answers.removeFirst()
        if case .success(.sent) = answer { taken.append(message.indices.map { message[$0] }) }
        return try answer.get()
    }
}

@Suite struct OrderQueues {
    private static let millisecond: Int64 = 1_000_000
    private let orders: [[UInt8]] = [[1], [2, 2], [3, 3, 3]]

    private func queue() -> OrderQueue {
        var queue = OrderQueue()
        for order in orders { queue.append(order) }
        return queue
    }

    private func failure(_ code: Int32) -> Result<MessageDeparture, SystemError> {
        .failure(SystemError(call: "sendmsg", code: code))
    }

    private func send(_ queue: inout OrderQueue, at moment: Int64, to connection: Connection)
        throws(OrderFailure)
    {
        try queue.send(at: moment) { (message) throws(SystemError) in try connection.take(message) }
    }

    @Test func whatFindsNoRoomGoesLaterAndInOrder() throws {
        var queue = queue()
        let connection = Connection()
        connection.answers = [.success(.sent), .success(.wouldBlock)]
        try send(&queue, at: 0, to: connection)
        #expect(connection.taken == [[1]])
        #expect(!queue.isEmpty && queue.nextTry == nil)
        try send(&queue, at: 0, to: connection)
        #expect(connection.taken == orders)
        #expect(queue.isEmpty)
    }

    @Test(arguments: [ErrorCode.noBuffers, ErrorCode.noMemory])
    func whatFindsNoMemoryIsTriedAgainAfterAPause(_ code: Int32) throws {
        var queue = queue()
        let connection = Connection()
        connection.answers = [.success(.sent), failure(code), failure(code)]
        try send(&queue, at: 0, to: connection)
        #expect(queue.nextTry == 10 * OrderQueues.millisecond)
        // Before that, nobody is asked.
        try send(&queue, at: 10 * OrderQueues.millisecond - 1, to: connection)
        #expect(connection.tries == 2)
        try send(&queue, at: 10 * OrderQueues.millisecond, to: connection)
        #expect(queue.nextTry == 30 * OrderQueues.millisecond)
        try send(&queue, at: 30 * OrderQueues.millisecond, to: connection)
        #expect(connection.taken == orders)
        #expect(queue.isEmpty && queue.nextTry == nil)
    }

    @Test func aShortageOfMemoryThatDoesNotEndIsAFailureAfterHalfAMinute() {
        var queue = queue()
        let connection = Connection()
        connection.answers = .init(repeating: failure(ErrorCode.noBuffers), count: 1000)
        var moment: Int64 = 0
        let error = #expect(throws: OrderFailure.self) {
            while true {
                try send(&queue, at: moment, to: connection)
                moment = try #require(queue.nextTry)
            }
        }
        #expect(error?.description == "an order of 1 bytes cannot be sent (No buffer space available)")
        #expect(moment >= 30_000 * OrderQueues.millisecond && moment < 32_000 * OrderQueues.millisecond)
        #expect(connection.tries < 50)
    }

    @Test func aSecondShortageHasItsOwnPatience() throws {
        var queue = queue()
        let connection = Connection()
        for moment in [0, 60_000 * OrderQueues.millisecond] {
            connection.answers = [failure(ErrorCode.noMemory), .success(.sent), .success(.wouldBlock)]
            try send(&queue, at: moment, to: connection)
            #expect(queue.nextTry == moment + 10 * OrderQueues.millisecond)
            try send(&queue, at: moment + 10 * OrderQueues.millisecond, to: connection)
            #expect(queue.nextTry == nil)
        }
        #expect(connection.taken == Array(orders.prefix(2)))
    }

    @Test func ofAChildThatIsGoneNothingIsLeftToTell() throws {
        var queue = queue()
        let connection = Connection()
        connection.answers = [.success(.closed)]
        try send(&queue, at: 0, to: connection)
        #expect(queue.isEmpty && connection.tries == 1)
    }

    @Test func anOrderThatCannotFitIsAFailureWithItsSize() throws {
        let (outbox, peer) = try MessageSocketPair().take { (ours, theirs) throws(SystemError) in
            try ours.enlargeSendBuffer(to: 1)
            return (Outbox(ours), Outbox(theirs))
        }
        outbox.send([1])
        outbox.send([UInt8](repeating: 2, count: 100_000))
        let error = #expect(throws: OrderFailure.self) { try outbox.flush() }
        #expect(error?.description == "an order of 100000 bytes cannot be sent (Message too long)")
        var room = [UInt8](repeating: 0, count: 200_000)
        #expect(peer.next(into: &room) == .some(.some(1)))
        #expect(peer.next(into: &room) == .none)
    }
}
