import SPASntp
import Testing

/// An answer to the nonce 0x0102030405060708: mode 4, version 4, stratum 2, with these two timestamps.
private func answer(
    first: UInt8 = 0x24, stratum: UInt8 = 2, nonce: UInt64 = 0x0102_0304_0506_0708,
    received: UInt64 = 0xEB00_0000_8000_0000, transmitted: UInt64 = 0xEB00_0000_C000_0000
) -> [UInt8] {
    var bytes: [UInt8] = [first, stratum] + [UInt8](repeating: 0, count: 22)
    for stamp in [nonce, received, transmitted] {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: stamp >> UInt64(shift)))
        }
    }
    return bytes
}

private let request = TimeRequest(nonce: 0x0102_0304_0506_0708)

@Suite struct TimeQuestions {
    @Test func haveTheLayoutOfTheStandard() {
        let bytes = request.encoded()
        #expect(bytes.count == 48)
        #expect(Array(bytes.prefix(40)) == [0x23] + [UInt8](repeating: 0, count: 39))
        #expect(Array(bytes.suffix(8)) == [1, 2, 3, 4, 5, 6, 7, 8])
    }
}

@Suite struct TimeAnswers {
    @Test func tellBothTimes() throws {
        let bytes = answer()
        let response = try TimeResponse(decoding: bytes.span, to: request)
        // 0xEB000000 seconds after 1900.
        #expect(response.received == (3_942_645_760 - 2_208_988_800) * 1_000_000 + 500_000)
        #expect(response.transmitted - response.received == 250_000)
    }

    @Test func ofTheNextEraAreLater() throws {
        let bytes = answer(received: 1 << 32, transmitted: 1 << 32)
        #expect(try TimeResponse(decoding: bytes.span, to: request).received == 2_085_978_497 * 1_000_000)
    }

    /// 10 ms there, 250 ms in the server, 10 ms back; our clock is an hour behind.
    @Test func giveTheOffsetOfOurClock() throws {
        let bytes = answer()
        let response = try TimeResponse(decoding: bytes.span, to: request)
        let hour: Int64 = 3_600_000_000
        let sent = response.received - hour - 10_000
        #expect(response.offset(sent: sent, arrived: sent + 270_000) == hour)
    }

    @Test(
        arguments: [
            (Array(answer().dropLast()), .malformed), ([], .malformed),
            (answer(nonce: 7), .notOurs), (answer(first: 0x23), .notOurs), (answer(first: 0x14), .notOurs),
            (answer(first: 0xE4), .notSynchronized), (answer(stratum: 0), .notSynchronized),
            (answer(stratum: 16), .notSynchronized), (answer(received: 0), .notSynchronized),
            (answer(transmitted: 0), .notSynchronized),
        ] as [([UInt8], SntpError)])
    func areRefused(_ bytes: [UInt8], _ expected: SntpError) {
        let error = #expect(throws: SntpError.self) { try TimeResponse(decoding: bytes.span, to: request) }
        #expect(error == expected)
    }

    @Test func mayBeLongerThanTheHeader() throws {
        let bytes = answer() + [0, 0, 0, 0]
        #expect(throws: Never.self) { try TimeResponse(decoding: bytes.span, to: request) }
    }
}
