import SPABytes
import Testing

@Suite struct Base64Texts {
    @Test(
        "The rows of RFC 4648 section 10, in both forms",
        arguments: [
            ("", "", ""), ("f", "Zg", "Zg=="), ("fo", "Zm8", "Zm8="), ("foo", "Zm9v", "Zm9v"),
            ("foob", "Zm9vYg", "Zm9vYg=="), ("fooba", "Zm9vYmE", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy", "Zm9vYmFy"),
        ])
    func standard(_ clear: String, _ unpadded: String, _ padded: String) {
        let (bytes, short, full) = (Array(clear.utf8), Array(unpadded.utf8), Array(padded.utf8))
        #expect(encodeUnpadded(bytes) == short)
        #expect(encodePadded(bytes) == full)
        #expect(decodeUnpadded(unpadded) == bytes)
        #expect(decode(unpadded) == bytes)
        #expect(decode(padded) == bytes)
        #expect((decodeUnpadded(padded) == nil) == padded.contains("="))
    }

    @Test("All 256 bytes, at every length modulo three, come back")
    func everyByte() {
        for length in 0...256 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ length) }
            let text = encodeUnpadded(bytes)
            #expect(text.count == (length * 4 + 2) / 3)
            #expect(decodeUnpadded(text) == bytes)
            #expect(isText(text))
            #expect(decode(encodePadded(bytes)) == bytes)
        }
    }

    @Test("A length of one modulo four is refused", arguments: ["A", "AAAAA", "AAAAAAAAA"])
    func leftOver(_ text: String) {
        #expect(decodeUnpadded(text) == nil)
        #expect(decode(text) == nil)
    }

    @Test("Unused bits must be zero: of 64 last characters, 4 or 16 are right")
    func unusedBits() {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        #expect(letters.filter { decodeUnpadded("A\($0)") != nil }.map(String.init) == ["A", "Q", "g", "w"])
        #expect(letters.filter { decodeUnpadded("AA\($0)") != nil }.count == 16)
        #expect(letters.filter { decodeUnpadded("AAA\($0)") != nil }.count == 64)
    }

    @Test("Exactly 64 bytes are letters, and any other is refused anywhere")
    func alphabet() {
        var letters = 0
        for byte in UInt8.min...UInt8.max {
            if Base64.isLetter(byte) { letters += 1 }
            for position in 0..<8 {
                var text = Array("AAAAAAAA".utf8)
                text[position] = byte
                #expect(isText(text) == Base64.isLetter(byte))
                #expect((decodeUnpadded(text) != nil) == Base64.isLetter(byte))
            }
        }
        #expect(letters == 64)
    }

    @Test(
        "Wrong padding is refused",
        arguments: [
            "=", "==", "====", "A===", "AA=", "AAA==", "AAAA=", "AAAA==", "AAAA====", "A=AA", "AA=A", "=AAA",
            "AA==AAAA", "AAAAAAA==", "Zh==", "Zm9=", "AA ==", "AA==\n",
        ])
    func wrongPadding(_ text: String) { #expect(decode(text) == nil) }

    @Test("Writing into a buffer gives the same text, and nil where it could not fit")
    func intoBuffer() {
        for length in 0...66 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 89) }
            var room = [UInt8](repeating: 0, count: 88)
            var span = room.mutableSpan
            let count = Base64.encodeUnpadded(bytes.span, into: &span)
            #expect(count == (length * 4 + 2) / 3)
            #expect(Array(room[..<(count ?? 0)]) == encodeUnpadded(bytes))
        }
        let bytes = [UInt8](repeating: 1, count: 67)
        var room = [UInt8](repeating: 0, count: 88)
        var span = room.mutableSpan
        let count = Base64.encodeUnpadded(bytes.span, into: &span)
        #expect(count == nil)
    }

    private func decode(_ text: String) -> [UInt8]? { decode(Array(text.utf8)) }
    private func decode(_ text: [UInt8]) -> [UInt8]? { Base64.decode(text.span) }
    private func decodeUnpadded(_ text: String) -> [UInt8]? { decodeUnpadded(Array(text.utf8)) }
    private func decodeUnpadded(_ text: [UInt8]) -> [UInt8]? { Base64.decodeUnpadded(text.span) }
    private func encodeUnpadded(_ bytes: [UInt8]) -> [UInt8] { Base64.encodeUnpadded(bytes.span) }
    private func encodePadded(_ bytes: [UInt8]) -> [UInt8] { Base64.encodePadded(bytes.span) }
    private func isText(_ text: [UInt8]) -> Bool { Base64.isText(text.span) }
}
