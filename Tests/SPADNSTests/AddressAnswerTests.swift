import SPADNS
import SPANet
import Testing

/// The question for `a.test`, with id 0x1234.
private func query(_ kind: AddressQuery.Kind) throws -> AddressQuery {
    AddressQuery(try #require(DomainName("A.test")), kind, id: 0x1234)
}

private let name: [UInt8] = [1] + Array("a".utf8) + [4] + Array("test".utf8) + [0]
private let pointer: [UInt8] = [0xC0, 12]

private func header(
    id: [UInt8] = [0x12, 0x34], flags: [UInt8] = [0x81, 0x80], questions: UInt8 = 1, answers: UInt8 = 1
) -> [UInt8] {
    id + flags + [0, questions, 0, answers, 0, 0, 0, 0]
}

private func record(
    _ owner: [UInt8] = pointer, type: UInt8, klass: UInt8 = 1, _ data: [UInt8]
) -> [UInt8] {
    owner + [0, type, 0, klass, 0, 0, 0, 60, 0, UInt8(data.count)] + data
}

private let question: [UInt8] = name + [0, 1, 0, 1]
private let address: [UInt8] = [198, 51, 100, 7]
private let good: [UInt8] = header() + question + record(type: 1, address)

private func read(_ message: [UInt8], _ kind: AddressQuery.Kind = .address) throws -> String {
    try AddressAnswer(decoding: message.span, to: query(kind)).address.description
}

private func error(_ message: [UInt8], _ kind: AddressQuery.Kind = .address) throws -> DNSError? {
    let query = try query(kind)
    do throws(DNSError) {
        _ = try AddressAnswer(decoding: message.span, to: query)
        return nil
    } catch {
        return error
    }
}

@Suite struct AddressQuestions {
    @Test func haveTheirBytesInOrder() throws {
        #expect(try query(.address).encoded() == [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + question)
        #expect(try query(.text).encoded().suffix(4) == [0, 16, 0, 1])
        #expect(try query(.chaosText).encoded().suffix(4) == [0, 16, 0, 3])
    }

    @Test(arguments: [
        "", ".", "a..b", "-a b", "a/b", String(repeating: "a", count: 64), "ä.test",
        Array(repeating: "abcdefghi", count: 26).joined(separator: "."),
    ])
    func refuseNamesThatAreNone(_ text: String) { #expect(DomainName(text) == nil) }

    @Test func takeAFinalDotAndTheUnderlineOfNamesInUse() {
        #expect(DomainName("_x.Example.net.")?.description == "_x.example.net")
    }
}

@Suite struct AddressAnswers {
    @Test func tellAnAddressInEachForm() throws {
        #expect(try read(good) == "198.51.100.7")
        let text: [UInt8] = [12] + Array("198.51.100.7".utf8)
        let head = header() + name
        #expect(try read(head + [0, 16, 0, 1] + record(type: 16, text), .text) == "198.51.100.7")
        let chaos = head + [0, 16, 0, 3] + record(type: 16, klass: 3, text + [3, 1, 2, 3])
        #expect(try read(chaos, .chaosText) == "198.51.100.7")
    }

    @Test func mayWriteTheNameInOtherLettersOrInFull() throws {
        var capital = good
        capital[13] = UInt8(ascii: "A")
        #expect(try read(capital) == "198.51.100.7")
        #expect(try read(header() + question + record(name, type: 1, address)) == "198.51.100.7")
    }

    @Test func haveOneRecordAmongOthers() throws {
        let other = record([1, 98, 0xC0, 14], type: 1, [192, 0, 2, 1])
        let alias = record(type: 5, pointer)
        let message = header(answers: 3) + question + other + alias + record(type: 1, address)
        #expect(try read(message) == "198.51.100.7")
    }

    @Test(
        arguments: [
            (header(id: [0x12, 0x35]) + question + record(type: 1, address), .notOurs),
            (header(flags: [0x01, 0x80]) + question + record(type: 1, address), .notOurs),
            (header(flags: [0x89, 0x80]) + question + record(type: 1, address), .notOurs),
            (header() + [1, 98, 0, 0, 1, 0, 1] + record(type: 1, address), .notOurs),
            (header() + name + [0, 28, 0, 1] + record(type: 1, address), .notOurs),
            (header() + name + [0, 1, 0, 3] + record(type: 1, address), .notOurs),
            (header(questions: 0) + record(name, type: 1, address), .notOurs),
            (header(questions: 2) + question + question + record(type: 1, address), .notOurs),
            (header(flags: [0x81, 0x85], answers: 0) + question, .refused(code: 5)),
            (header(flags: [0x81, 0x81], questions: 0, answers: 0), .refused(code: 1)),
            (header(flags: [0x83, 0x80]) + question + record(type: 1, address), .malformed),
            (header(answers: 0) + question, .noAddress),
            (header() + question + record(type: 1, [1, 2, 3]), .noAddress),
            (header() + question + record(type: 1, klass: 3, address), .noAddress),
            (header() + question + record([1, 98, 0], type: 1, address), .noAddress),
        ] as [([UInt8], DNSError)])
    func areNoneOtherwise(_ message: [UInt8], _ expected: DNSError) throws {
        #expect(try error(message) == expected)
    }

    @Test(arguments: ["198.51.100", "198.051.100.7", "198.51.100.7 ", "", "2001:db8::1"])
    func inTextAreToTheLetter(_ text: String) throws {
        let data = [UInt8(text.utf8.count)] + Array(text.utf8)
        let message = header() + name + [0, 16, 0, 1] + record(type: 16, data)
        #expect(try error(message, .text) == .noAddress)
    }

    @Test func thatEndTooSoonAreNone() throws {
        for count in good.indices { #expect(try error(Array(good[..<count])) == .malformed) }
    }

    @Test func cannotLeadInCircles() throws {
        // A pointer to itself, to the one that points here, forwards, and out of the message.
        for owner: [UInt8] in [[0xC0, 24], [0xC0, 23], [0xC0, 0x80], [0xFF, 0xFF], [0x40, 1], [0x80]] {
            #expect(try error(header() + question + record(owner, type: 1, address)) == .malformed)
        }
        // Labels without an end: 255 bytes are the most that a name has.
        let long: [UInt8] = (0..<400).map { $0 % 2 == 0 ? 1 : 97 } + [0]
        #expect(try error(header() + question + record(long, type: 1, address)) == .malformed)
    }
}
