import Testing

@testable import SPASystem

/// What a connection answers to each try, in turn.
private final class Connection {
    var answers: [Result<MessageDeparture, SystemError>]
    private(set) var tries = 0

    init(_ answers: [Result<MessageDeparture, SystemError>]) { self.answers = answers }

    func take() throws(SystemError) -> MessageDeparture {
        tries += 1
        return try (answers.isEmpty ? .success(.sent) : answers.removeFirst()).get()
    }
}

@Suite struct MessageOutlets {
    private static let millisecond: Int64 = 1_000_000

    private func failure(_ code: Int32) -> Result<MessageDeparture, SystemError> {
        .failure(SystemError(call: "sendmsg", code: code))
    }

    private func send(
        _ outlet: inout MessageOutlet, at moment: Int64, to connection: Connection
    ) -> MessageOutlet.Outcome {
        outlet.send(at: moment) { () throws(SystemError) in try connection.take() }
    }

    @Test func whatTheConnectionSaysIsPassedOn() {
        let connection = Connection([.success(.sent), .success(.wouldBlock), .success(.closed)])
        var outlet = MessageOutlet()
        let outcomes = (0..<3).map { _ in send(&outlet, at: 0, to: connection) }
        #expect(outcomes == [.sent, .later, .closed])
        #expect(outcomes.map(\.isOver) == [true, false, false])
        #expect(outlet.nextTry == nil && outlet.shortage == nil)
    }

    @Test(arguments: [ErrorCode.noBuffers, ErrorCode.noMemory])
    func withoutMemoryItIsAskedAgainAfterAPauseThatGrowsUpToASecond(_ code: Int32) throws {
        let connection = Connection(
            [Result<MessageDeparture, SystemError>](repeating: failure(code), count: 10))
        var outlet = MessageOutlet()
        var moment: Int64 = 0
        var pauses: [Int64] = []
        for _ in 0..<10 {
            #expect(send(&outlet, at: moment, to: connection) == .later)
            let next = try #require(outlet.nextTry)
            // Before that, nobody is asked.
            #expect(send(&outlet, at: next - 1, to: connection) == .later)
            pauses.append((next - moment) / MessageOutlets.millisecond)
            moment = next
        }
        #expect(connection.tries == 10)
        #expect(pauses == [10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000])
        #expect(outlet.shortage?.start == 0)
        #expect(outlet.shortage?.reason == SystemError.text(code))
        #expect(send(&outlet, at: moment, to: connection) == .sent)
        #expect(outlet.nextTry == nil && outlet.shortage == nil)
        connection.answers = [failure(code)]
        #expect(send(&outlet, at: moment, to: connection) == .later)
        #expect(outlet.nextTry == moment + 10 * MessageOutlets.millisecond)
    }

    @Test func whatCannotGoAtAllIsOver() {
        let connection = Connection([failure(ErrorCode.invalid)])
        var outlet = MessageOutlet()
        let outcome = send(&outlet, at: 0, to: connection)
        #expect(outcome == .impossible(SystemError(call: "sendmsg", code: ErrorCode.invalid)))
        #expect(outcome.isOver)
        #expect(outlet.nextTry == nil)
        #expect(send(&outlet, at: 0, to: connection) == .sent)
    }
}
