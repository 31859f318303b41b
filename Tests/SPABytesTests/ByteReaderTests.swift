import SPABytes
import Testing

@Suite struct ReaderAndWriter {
    @Test("What is written is read, most significant byte first")
    func roundTrip() throws {
        var writer = ByteWriter()
        writer.integer(UInt8(0x01))
        writer.integer(UInt16(0x0203))
        writer.integer(UInt32(0x0405_0607))
        writer.integer(UInt64(0x0809_0A0B_0C0D_0E0F))
        writer.signed(-2)
        writer.append([0xAA, 0xBB])
        let more: [UInt8] = [0xCC]
        writer.append(more.span)
        #expect(
            writer.bytes
                == Array(1...15) + [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xAA, 0xBB, 0xCC])

        let bytes = writer.bytes
        var reader = ByteReader(bytes.span)
        let first = try reader.integer(UInt8.self)
        let second = try reader.integer(UInt16.self)
        let third = try reader.integer(UInt32.self)
        let fourth = try reader.integer(UInt64.self)
        let fifth = try reader.signed()
        #expect(first == 1 && second == 0x0203 && third == 0x0405_0607 && fourth == 0x0809_0A0B_0C0D_0E0F)
        #expect(fifth == -2)
        let left = reader.remaining
        #expect(left == 3)
        let copy = try reader.array(1)
        #expect(copy == [0xAA])
        try reader.skip(1)
        let span = try reader.span(1)
        let (count, byte, offset) = (span.count, span[0], reader.offset)
        #expect(count == 1 && byte == 0xCC && offset == bytes.count)
        try reader.finish()
    }

    @Test("The least and the greatest numbers", arguments: [Int64.min, -1, 0, 1, Int64.max])
    func extremes(_ value: Int64) throws {
        var writer = ByteWriter()
        writer.signed(value)
        let bytes = writer.bytes
        var reader = ByteReader(bytes.span)
        let read = try reader.signed()
        #expect(read == value)
    }

    @Test("A field that is cut short is refused, and nothing is consumed")
    func truncated() throws {
        let bytes: [UInt8] = [1, 2, 3]
        #expect(throws: ByteError.truncated(offset: 0, wanted: 4)) {
            var reader = ByteReader(bytes.span)
            _ = try reader.integer(UInt32.self)
        }
        #expect(throws: ByteError.truncated(offset: 2, wanted: 2)) {
            var reader = ByteReader(bytes.span)
            try reader.skip(2)
            _ = try reader.array(2)
        }
        #expect(throws: ByteError.truncated(offset: 3, wanted: 1)) {
            var reader = ByteReader(bytes.span)
            try reader.skip(3)
            _ = try reader.integer(UInt8.self)
        }
        for count in [-1, Int.min, Int.max] {
            #expect(throws: ByteError.truncated(offset: 1, wanted: count)) {
                var reader = ByteReader(bytes.span)
                try reader.skip(1)
                try reader.skip(count)
            }
        }
    }

    @Test("Bytes that are left over are refused")
    func trailing() {
        let bytes: [UInt8] = [1, 2, 3]
        #expect(throws: ByteError.trailing(count: 2)) {
            var reader = ByteReader(bytes.span)
            try reader.skip(1)
            try reader.finish()
        }
    }
}
