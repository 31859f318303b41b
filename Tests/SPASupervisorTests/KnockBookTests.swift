import SPANet
import Testing

@testable import SPASupervisor

@Suite struct KnockBooks {
    private func knock(_ user: String) -> LogLines.Knock {
        LogLines.Knock(stanza: 1, packetSource: IPAddress.v4(IPv4Address(bits: 1)), user: user)
    }

    private func users(_ book: inout KnockBook, _ ids: [UInt64]) -> [String?] {
        ids.map { book.take($0)?.user }
    }

    @Test func eachRequestOfAKnockIsFoundOnce() {
        var book = KnockBook()
        book.note(knock("a"), firstID: 10, count: 3)
        book.note(knock("b"), firstID: 13, count: 1)
        book.note(knock("none"), firstID: 20, count: 0)
        #expect(users(&book, [9, 12, 10, 13, 11, 14, 20]) == [nil, "a", "a", "b", "a", nil, nil])
        #expect(users(&book, [10, 11, 12, 13]) == [nil, nil, nil, nil])
    }

    @Test func theSameNumberAgainIsTheLaterKnock() {
        var book = KnockBook()
        book.note(knock("a"), firstID: 1, count: 1)
        book.note(knock("b"), firstID: 1, count: 1)
        #expect(users(&book, [1, 1]) == ["b", nil])
    }

    @Test func onlyTheLast4096AreKept() {
        var book = KnockBook()
        for id in 0..<UInt64(5000) { book.note(knock("\(id)"), firstID: id, count: 1) }
        #expect(users(&book, [903, 904, 4999]) == [nil, "904", "4999"])
    }

    @Test func numbersAtTheEndOfTheRangeDoNotWrap() {
        var book = KnockBook()
        book.note(knock("a"), firstID: .max - 1, count: 255)
        #expect(users(&book, [.max - 1, .max, 0]) == ["a", "a", nil])
    }
}
