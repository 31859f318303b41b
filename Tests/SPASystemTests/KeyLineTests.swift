import SPASecret
import SPASystem
import Testing

private func type(_ bytes: [UInt8]) -> (KeyLine.State, [UInt8]?) {
    var line = KeyLine()
    for byte in bytes {
        let state = line.take(byte)
        if state != .more {
            return (state, line.finish().map { secret in (0..<secret.count).map { secret.bytes[$0] } })
        }
    }
    return (.more, nil)
}

@Suite struct KeyLines {
    @Test(arguments: [
        ("ab\n", "ab"), ("ab\r", "ab"), ("abx\u{7f}\n", "ab"), ("abx\u{8}\n", "ab"), ("zzz\u{15}ab\n", "ab"),
        ("\u{7f}ab\n", "ab"),
    ])
    func canBeEdited(_ typed: String, _ expected: String) {
        let (state, bytes) = type(Array(typed.utf8))
        #expect(state == .complete)
        #expect(bytes == Array(expected.utf8))
    }

    @Test func canBeCancelled() { #expect(type(Array("ab\u{3}".utf8)).0 == .cancelled) }

    @Test func haveALimit() {
        #expect(type([UInt8](repeating: 65, count: 127) + [10]).0 == .complete)
        #expect(type([UInt8](repeating: 65, count: 128)).0 == .tooLong)
    }

    @Test func leaveTheNextLineToTheNextReader() throws {
        try Pipe().take { (read, write) throws in
            let text = Array("one\ntwo".utf8)
            try write.writeAll(text.span)
            _ = consume write
            #expect(try KeyLine.read(from: read)?.count == 3)
            #expect(try KeyLine.read(from: read)?.count == 3)
            #expect(try KeyLine.read(from: read) == nil)
        }
    }
}
