import SPABytes
import SPAWire
import Testing

@Suite struct MessageTexts {
    private static let digest = String(repeating: "d", count: 22)

    private func read(_ fields: String) -> Result<SPAMessage, PacketError> {
        let text = Array("\(fields):\(MessageTexts.digest)".utf8)
        return Result { () throws(PacketError) in try MessageText(text.span).message() }
    }

    private func base64(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return String(decoding: Base64.encodeUnpadded(bytes.span), as: UTF8.self)
    }

    private func fields(
        random: String = "0123456789012345", user: String = "alice", timestamp: String = "1767225600",
        version: String = "3.0.0", type: String = "1", message: String = "192.0.2.7,tcp/22", rest: String = ""
    ) -> String {
        "\(random):\(base64(user)):\(timestamp):\(version):\(type):\(base64(message))\(rest)"
    }

    @Test(
        "User names: 1 to 48 bytes, which is 64 characters",
        arguments: [(1, true), (47, true), (48, true), (49, false), (50, false), (63, false)])
    func userLength(_ count: Int, _ accepted: Bool) throws {
        let result = read(fields(user: String(repeating: "u", count: count)))
        if accepted {
            #expect(try result.get().user.count == count)
        } else {
            #expect(throws: PacketError.userName) { try result.get() }
        }
    }

    @Test("User names: every printable character but fifteen")
    func userCharacters() {
        let forbidden = Set("\"/\\[]:;|=,+*?<>".utf8)
        #expect(forbidden.count == 15)
        for byte in UInt8(0)...0x7F {
            let result = read(fields(user: "a\(Character(UnicodeScalar(byte)))b"))
            let accepted = (0x20...0x7E).contains(byte) && !forbidden.contains(byte)
            #expect(((try? result.get()) != nil) == accepted, "byte \(byte)")
        }
    }

    @Test(
        "Messages: up to 192 bytes, which is 256 characters",
        arguments: [(191, true), (192, true), (193, false), (194, false), (255, false)])
    func messageLength(_ count: Int, _ accepted: Bool) throws {
        let address = "192.0.2.7,"
        let command = address + String(repeating: "c", count: count - address.count)
        let result = read(fields(type: "0", message: command))
        if accepted {
            #expect(try result.get().request.encodedBody.count == count)
        } else {
            #expect(throws: PacketError.messageLength) { try result.get() }
        }
    }

    @Test(
        "Timestamps are canonical numbers up to 2^31 - 1",
        arguments: [
            ("0", true), ("1", true), ("2147483647", true), ("2147483648", false), ("4294967295", false),
            ("00", false), ("01", false), ("+1", false), ("-1", false), (" 1", false), ("1 ", false),
            ("", false),
            ("1e3", false), ("4294967296", false), ("99999999999999999999999", false),
        ])
    func timestamps(_ text: String, _ accepted: Bool) {
        #expect(((try? read(fields(timestamp: text)).get()) != nil) == accepted)
    }

    @Test(
        "Versions are two or three numbers of one or two digits",
        arguments: [
            ("3.0.0", true), ("2.0", true), ("10.11.12", true), ("3", false), ("3.", false), (".3", false),
            ("3..0", false), ("3.0.0.", false), ("3.0.0.0", false), ("100.0", false), ("3.0a", false),
            ("", false),
        ])
    func versions(_ text: String, _ accepted: Bool) {
        #expect(((try? read(fields(version: text)).get()) != nil) == accepted)
    }

    @Test("Optional fields: what each type demands and allows")
    func optionalFields() {
        let (nat, auth, time) = (":" + base64("gw.example,22"), ":" + base64("crypt,x"), ":30")
        let rows: [(String, [(String, PacketError?)])] = [
            ("1", [("", nil), (auth, nil), (auth + auth, .fieldSurplus)]),
            ("2", [("", .fieldMissing), (nat, nil), (nat + auth, nil), (nat + auth + auth, .fieldSurplus)]),
            ("3", [("", .fieldMissing), (time, nil), (auth + time, nil), (time + time, .innerBase64)]),
            ("4", [("", .fieldMissing), (nat, .fieldMissing), (nat + time, nil), (nat + auth + time, nil)]),
            ("5", [("", .fieldMissing), (nat, nil), (nat + auth, nil)]),
            ("6", [(time, .fieldMissing), (nat + time, nil), (nat + auth + time, nil)]),
        ]
        for (type, cases) in rows {
            for (rest, expected) in cases {
                switch read(fields(type: type, rest: rest)) {
                case .success: #expect(expected == nil, "type \(type)\(rest)")
                case .failure(let error): #expect(error == expected, "type \(type)\(rest)")
                }
            }
        }
        #expect(throws: PacketError.messageType) { try read(fields(type: "7")).get() }
        #expect(throws: PacketError.messageType) { try read(fields(type: "/")).get() }
    }

    @Test(
        "NAT hosts are canonical IPv4 addresses or host names",
        arguments: [
            ("192.0.2.1", true), ("gw", true), ("gw.example.net", true), ("3com.example", true),
            ("a-b.c", true),
            ("xn--bcher-kva.example", true), (String(repeating: "h", count: 63) + ".x", true),
            (String(repeating: "h", count: 64) + ".x", false),
            (String(repeating: "a.", count: 34) + "bc", true),
            (String(repeating: "a.", count: 35) + "b", false),
            ("", false), ("-a", false), ("a-", false), ("a..b", false), (".a", false), ("a.", false),
            ("a_b", false), ("a b", false), ("$(id)", false), ("999.1.1.1", false), ("127.1", false),
            ("1", false),
            ("010.0.0.1", false), ("0x7f.1", false), ("a.0x7f", false), ("a.0x", false), ("0x7g", true),
            ("::1", false),
        ])
    func hosts(_ host: String, _ accepted: Bool) {
        let bytes = Array(host.utf8)
        let judged = FieldRules.isHost(bytes.span)
        #expect(judged == accepted)
        let result = read(fields(type: "2", rest: ":" + base64("\(host),22")))
        #expect(((try? result.get()) != nil) == accepted)
    }

    @Test("Texts: 36 to 1499 bytes, printable, 7 to 10 fields")
    func shape() {
        func shape(_ text: String) -> PacketError? {
            let bytes = Array(text.utf8)
            do throws(PacketError) {
                _ = try MessageText(bytes.span)
                return nil
            } catch { return error }
        }
        let six = String(repeating: ":", count: 6)
        #expect(shape(String(repeating: "x", count: 29) + six) == .textLength)
        #expect(shape(String(repeating: "x", count: 30) + six) == nil)
        #expect(shape(String(repeating: "x", count: 1493) + six) == nil)
        #expect(shape(String(repeating: "x", count: 1494) + six) == .textLength)
        for colons in 0...60 {
            let text = String(repeating: "x", count: 40) + String(repeating: ":", count: colons)
            #expect(shape(text) == ((6...9).contains(colons) ? nil : .fieldCount))
        }
        for byte in UInt8(0)...0x7F where !(0x20...0x7E).contains(byte) {
            #expect(
                shape(String(repeating: "x", count: 40) + six + "\(UnicodeScalar(byte))") == .notPrintable)
        }
    }

    @Test("The digest covers all before the last colon")
    func digestedPart() throws {
        let text = Array("0123456789012345:a:b:c:d:e:f:g:h:digest".utf8)
        let parts = try MessageText(text.span)
        let (covered, digest) = (parts.digestedPart, parts.digestField)
        #expect(covered.count == text.count - 7)
        #expect(digest.count == 6)
    }
}

@Suite struct Errors {
    @Test("Every check has words and a number of its own")
    func words() {
        #expect(Set(PacketError.allCases.map(\.description)).count == PacketError.allCases.count)
        #expect(PacketError.allCases.first?.rawValue == 1)
    }
}

@Suite struct AlgorithmWords {
    @Test("Words of configuration are read in any case and written as fwknop does")
    func words() {
        for type in DigestType.allCases { #expect(DigestType(word: type.word.uppercased()) == type) }
        for mode in EncryptionMode.allCases { #expect(EncryptionMode(word: mode.word.lowercased()) == mode) }
        #expect(DigestType(word: "sha-256") == nil)
        #expect(EncryptionMode(word: "pcbc") == nil)
        #expect(DigestType.allCases.map(\.textCount) == [22, 27, 43, 64, 86, 43, 86])
    }
}
