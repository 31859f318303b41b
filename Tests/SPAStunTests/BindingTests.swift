import SPANet
import SPAStun
import Testing

/// The transaction of the samples in RFC 5769.
private let sampleID = TransactionID(high: 0xb7e7_a701_bc34_d686, low: 0xfa87_dfae)
private let header: [UInt8] = [
    0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
]
private let software: [UInt8] = [0x80, 0x22, 0x00, 0x0b] + Array("test vector ".utf8)

/// RFC 5769 section 2.2.
private let sampleV4: [UInt8] =
    [0x01, 0x01, 0x00, 0x3c] + header + software
    + [0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]
    + [
        0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9, 0x2a,
        0xf9,
        0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7,
    ] + [0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96]

/// RFC 5769 section 2.3.
private let sampleV6: [UInt8] =
    [0x01, 0x01, 0x00, 0x48] + header + software
    + [
        0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc,
        0x25,
        0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
    ]
    + [
        0x00, 0x08, 0x00, 0x14, 0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82,
        0x92,
        0xc2, 0x75, 0xbf, 0xe3, 0xed, 0x41,
    ] + [0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c]

/// A success with these attributes.
private func success(_ attributes: [UInt8], type: UInt16 = 0x0101) -> [UInt8] {
    [UInt8(type >> 8), UInt8(type & 255), 0, UInt8(attributes.count)] + header + attributes
}

@Suite struct BindingRequests {
    @Test func are20BytesWithCookieAndTransaction() {
        #expect(BindingRequest(id: sampleID).encoded() == [0x00, 0x01, 0x00, 0x00] + header)
    }
}

@Suite struct BindingResponses {
    @Test(arguments: [
        (sampleV4, "192.0.2.1"), (sampleV6, "2001:db8:1234:5678:11:2233:4455:6677"),
    ])
    func carryTheAddressOfTheRFC(_ message: [UInt8], _ address: String) throws {
        let response = try BindingResponse(decoding: message.span, to: sampleID)
        #expect(response.address.description == address)
        #expect(response.port == 32853)
    }

    @Test func mayUseTheClearAddress() throws {
        let clear: [UInt8] = [0x00, 0x01, 0x00, 0x08, 0, 1, 0x12, 0x34, 192, 0, 2, 7]
        let response = try BindingResponse(decoding: success(clear).span, to: sampleID)
        #expect(response.address.description == "192.0.2.7")
        #expect(response.port == 0x1234)
    }

    @Test func preferTheMaskedAddress() throws {
        let clear: [UInt8] = [0x00, 0x01, 0x00, 0x08, 0, 1, 0x12, 0x34, 192, 0, 2, 7]
        let masked: [UInt8] = [0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]
        let response = try BindingResponse(decoding: success(clear + masked).span, to: sampleID)
        #expect(response.address.description == "192.0.2.1")
    }

    @Test(
        arguments: [
            (
                "another transaction",
                success([]).enumerated().map { $0.offset == 19 ? $0.element ^ 1 : $0.element }, .notOurs
            ),
            ("a request", success([], type: 0x0001), .notOurs),
            ("another cookie", success([]).enumerated().map { $0.offset == 4 ? 0x20 : $0.element }, .notOurs),
            ("nothing", [], .malformed),
            ("a short header", Array(sampleV4[0..<19]), .malformed),
            ("a cut message", Array(sampleV4.dropLast(4)), .malformed),
            ("bytes behind the end", sampleV4 + [0, 0, 0, 0], .malformed),
            (
                "a changed bit under the fingerprint",
                sampleV4.enumerated().map { $0.offset == 25 ? 0 : $0.element }, .malformed
            ),
            ("an attribute longer than the message", success([0x00, 0x20, 0xff, 0xff]), .malformed),
            ("an unfilled attribute", success([0x80, 0x22, 0x00, 0x01]), .malformed),
            ("an unknown family", success([0, 0x20, 0, 8, 0, 3, 1, 1, 1, 1, 1, 1]), .malformed),
            (
                "a v4 address of 16 bytes", success([0, 0x20, 0, 12, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
                .malformed
            ),
            ("no attribute", success([]), .noAddress),
            ("an attribute that must be understood", success([0x7f, 0x01, 0, 0]), .unknownAttribute(0x7f01)),
            ("error 420", success([0, 9, 0, 4, 0, 0, 4, 20], type: 0x0111), .refused(code: 420)),
            ("an error without code", success([], type: 0x0111), .refused(code: 0)),
        ] as [(String, [UInt8], StunError)])
    func areRefused(_ what: String, _ message: [UInt8], _ expected: StunError) {
        #expect(throws: expected) { try BindingResponse(decoding: message.span, to: sampleID) }
    }

    @Test func neverTrapOnCutOrChangedBytes() {
        for length in 0...sampleV4.count {
            let cut = Array(sampleV4[0..<length])
            _ = try? BindingResponse(decoding: cut.span, to: sampleID)
        }
        for place in sampleV6.indices {
            for value in [0, 1, 0x7f, 0xff] as [UInt8] {
                var changed = sampleV6
                changed[place] = value
                _ = try? BindingResponse(decoding: changed.span, to: sampleID)
            }
        }
    }
}
