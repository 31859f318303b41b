import SPACrypto
import SPASecret
import SPAWire
import Testing

@Suite struct Digests {
    @Test(
        "The digest of \"abc\" (RFC 1321, FIPS 180-4, FIPS 202)",
        arguments: [
            (.md5, "900150983cd24fb0d6963f7d28e17f72"),
            (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                .sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
            ),
            (
                .sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
            (.sha3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
            (
                .sha3_512,
                "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
                    + "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"
            ),
        ] as [(DigestType, String)])
    func abc(_ type: DigestType, _ expected: String) throws {
        let message = Array("abc".utf8)
        let digest = try MessageDigest.digest(type, of: message.span)
        #expect(hex(digest) == expected)
        #expect(digest.count == type.byteCount)
    }

    @Test("The digest of nothing exists")
    func empty() throws {
        let none: [UInt8] = []
        #expect(
            hex(try MessageDigest.digest(.sha256, of: none.span))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}

@Suite struct HMACs {
    @Test(
        "RFC 2202 and RFC 4231, test case 2",
        arguments: [
            (.md5, "750c783e6ab0b503eaa86e310a5db738"),
            (.sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (.sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                .sha384,
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
            ),
            (
                .sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                    + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
            ),
            (.sha3_256, "c7d4072e788877ae3596bbb0da73b887c9171f93095b294ae857fbe2645e1ba5"),
            (
                .sha3_512,
                "5a4bfeab6166427c7a3647b747292b8384537cdb89afb3bf5665e4c5e709350b"
                    + "287baec921fd7ca0ee7a0c31d022a95e1fc92ba9d77df883960275beb4e62024"
            ),
        ] as [(DigestType, String)])
    func standard(_ type: DigestType, _ expected: String) throws {
        let context = try HMACContext(type, key: secret("Jefe"))
        let message = Array("what do ya want for nothing?".utf8)
        // The same context again, cut elsewhere: the key must still be there, and nothing of the message before.
        for cut in [0, 5, message.count] {
            #expect(hex(try code(context, Array(message[..<cut]), Array(message[cut...]))) == expected)
        }
    }

    @Test("Keys of 1 to 136 bytes work and make codes of their own; others are refused")
    func keyLengths() throws {
        var seen: Set<[UInt8]> = []
        for count in 1...136 {
            let context = try HMACContext(.sha3_256, key: secret(String(repeating: "k", count: count)))
            seen.insert(try code(context, Array("head".utf8), Array("body".utf8)))
        }
        #expect(seen.count == 136)
        for count in [0, 137, 200] {
            #expect(throws: CryptoError.keyLength(count: count, allowed: 1...136)) {
                try HMACContext(.sha256, key: secret(String(repeating: "k", count: count)))
            }
        }
    }

    @Test("A key longer than the block counts as its digest (RFC 4231, test case 6)")
    func longKey() throws {
        let key = Secret(copying: [UInt8](repeating: 0xaa, count: 131).span)
        let message = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        let made = try code(try HMACContext(.sha256, key: key), message, [])
        #expect(hex(made) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test("A buffer that is too small is refused, not written past")
    func smallBuffer() throws {
        let context = try HMACContext(.sha256, key: secret("key"))
        let message: [UInt8] = [1, 2]
        #expect(throws: CryptoError.dataLength(31)) {
            var room = [UInt8](repeating: 0, count: 31)
            var span = room.mutableSpan
            try context.authenticate(message.span, message.span, into: &span)
        }
    }

    private func code(_ context: HMACContext, _ head: [UInt8], _ body: [UInt8]) throws -> [UInt8] {
        var code = [UInt8](repeating: 0, count: context.type.byteCount)
        var room = code.mutableSpan
        try context.authenticate(head.span, body.span, into: &room)
        return code
    }
}

@Suite struct Derivation {
    @Test("Key and vector of a passphrase; the check value of the protocol description")
    func normal() throws {
        let salt = unhex("8953916736f24b8a")
        let made = try KeyAndIV(password: secret(".uvCgD5C"), salt: salt.span, mode: .cbc)
        #expect(hex(made.key) == "d74f2d95295b42244b4257bcd007359ccc049339fc7e70ace17c4656db68e5ee")
        #expect(hex(made.vector) == "5b58c77da2250b6c2d35e6f518e41de6")
    }

    @Test("Key and vector in legacy mode; the check value of the protocol description")
    func legacy() throws {
        let (key, salt) = (unhex("6c76fca3af66e117"), unhex("f683f6235f4193b7"))
        let made = try KeyAndIV(password: Secret(copying: key.span), salt: salt.span, mode: .legacy)
        #expect(hex(made.key) == "062bf9f5cb19255c56edc4b51637763053063ba05417123c076c001d02c2263b")
        #expect(hex(made.vector) == "9949692bb2fb300c6d14b7667c7a3616")
    }

    @Test("Legacy mode fills with the digit 0 to 16 bytes, or cuts to 16")
    func legacyLengths() throws {
        let salt: [UInt8] = Array(1...8)
        func made(_ key: String, _ mode: EncryptionMode) throws -> String {
            let derived = try KeyAndIV(password: secret(key), salt: salt.span, mode: mode)
            return hex(derived.key) + hex(derived.vector)
        }
        #expect(try made("abc", .legacy) == made("abc0000000000000", .cbc))
        #expect(try made("0123456789abcdef", .legacy) == made("0123456789abcdef", .cbc))
        #expect(try made("0123456789abcdefg", .legacy) == made("0123456789abcdef", .cbc))
        #expect(try made("0123456789abcdefg", .cbc) != made("0123456789abcdef", .cbc))
    }

    @Test("Passwords of 1 to 128 bytes count to the last byte; others are refused")
    func lengths() throws {
        let salt: [UInt8] = Array(1...8)
        var seen: Set<String> = []
        for count in 1...128 {
            let password = secret(String(repeating: "p", count: count))
            let derived = try KeyAndIV(password: password, salt: salt.span, mode: .cbc)
            seen.insert(hex(derived.key))
        }
        #expect(seen.count == 128)
        for count in [0, 129] {
            #expect(throws: CryptoError.keyLength(count: count, allowed: 1...128)) {
                let password = secret(String(repeating: "p", count: count))
                _ = try KeyAndIV(password: password, salt: salt.span, mode: .cbc)
            }
        }
        let short = Array(salt[..<7])
        #expect(throws: CryptoError.dataLength(7)) {
            _ = try KeyAndIV(password: secret("p"), salt: short.span, mode: .cbc)
        }
    }
}

@Suite struct Ciphers {
    @Test("Every mode undoes itself, over one block and over many", arguments: EncryptionMode.allCases)
    func inverse(_ mode: EncryptionMode) throws {
        let salt: [UInt8] = Array(1...8)
        let keys = try KeyAndIV(password: secret("password"), salt: salt.span, mode: mode)
        for blocks in [1, 2, 17] {
            let clear = (0..<(16 * blocks)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let sealed = try AES256.encrypt(clear.span, with: keys, mode: mode)
            #expect(sealed.count == clear.count && sealed != clear)
            let opened = try AES256.decrypt(sealed.span, with: keys, mode: mode)
            #expect(opened.matches(Secret(copying: clear.span)))
        }
    }

    @Test("Broken blocks are refused")
    func brokenBlocks() throws {
        let salt: [UInt8] = Array(1...8)
        let keys = try KeyAndIV(password: secret("password"), salt: salt.span, mode: .ctr)
        for count in [1, 15, 17] {
            let blocks = [UInt8](repeating: 0, count: count)
            #expect(throws: CryptoError.dataLength(count)) {
                try AES256.decrypt(blocks.span, with: keys, mode: .ctr)
            }
        }
    }
}

@Suite struct Randomness {
    @Test("Preparing the library works, and works twice")
    func prepare() throws {
        try CryptoLibrary.prepare()
        try CryptoLibrary.prepare()
    }

    @Test("Bytes are as many as asked for and differ")
    func bytes() throws {
        #expect(try SecureRandom.bytes(0).isEmpty)
        #expect(try SecureRandom.bytes(-1).isEmpty)
        let (a, b) = (try SecureRandom.bytes(32), try SecureRandom.bytes(32))
        #expect(a.count == 32 && a != b)
    }

    @Test("Digits are digits, and none of the ten is rare or frequent")
    func digits() throws {
        let digits = try SecureRandom.digits(1_000_000)
        #expect(digits.count == 1_000_000)
        var counts = [Int](repeating: 0, count: 10)
        for digit in digits {
            counts[try #require((0x30...0x39).contains(digit) ? Int(digit) - 0x30 : nil)] += 1
        }
        // Five standard deviations are 1500; taking bytes modulo ten would be off by 1562 and 2344.
        for count in counts { #expect((98_500...101_500).contains(count)) }
    }
}

@Suite struct Comparison {
    @Test("Equal means equal in length and in every byte")
    func everyByte() {
        let row: [UInt8] = Array(0..<40)
        #expect(equal(row, row))
        #expect(!equal(row, Array(row.dropLast())))
        for index in row.indices {
            var other = row
            other[index] ^= 1
            #expect(!equal(row, other))
        }
        #expect(equal([], []))
        #expect(!equal([], row))
    }

    private func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool { ConstantTime.equal(a.span, b.span) }
}

func secret(_ text: String) -> Secret { Secret(copying: Array(text.utf8).span) }

func hex(_ bytes: [UInt8]) -> String { hex(bytes.span) }

func hex(_ bytes: Span<UInt8>) -> String {
    bytes.indices.map { index in
        let text = String(bytes[index], radix: 16)
        return text.count == 1 ? "0" + text : text
    }.joined()
}

func unhex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}
