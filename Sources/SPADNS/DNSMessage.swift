internal import SPABytes

/// What a record is about: name, type and class.
struct RecordKey: Hashable, Sendable {
    let name: DomainName
    let type: UInt16
    let classNumber: UInt16
}

extension AddressQuery {
    var question: RecordKey { RecordKey(name: name, type: kind.type, classNumber: kind.classNumber) }
}

/// A message of RFC 1035 section 4, as far as its answers.
struct DNSMessage: Sendable {
    struct Record: Sendable {
        let key: RecordKey
        let data: [UInt8]
    }

    let id: UInt16
    /// A response to a plain query (QR set, OPCODE 0).
    let isResponse: Bool
    /// Cut short by the sender (TC).
    let isCut: Bool
    /// RCODE, 0 to 15.
    let code: UInt8
    /// Nil where the message does not repeat exactly one.
    let question: RecordKey?
    let answers: [Record]

    init(decoding message: Span<UInt8>) throws(ByteError) {
        var reader = ByteReader(message)
        id = try reader.integer()
        let flags: UInt16 = try reader.integer()
        isResponse = flags & 0xF800 == 0x8000
        isCut = flags & 0x0200 != 0
        code = UInt8(flags & 0xF)
        let questions: UInt16 = try reader.integer()
        let count: UInt16 = try reader.integer()
        try reader.skip(4)
        // A server that could not read the question does not repeat it; then there is nothing to read on for.
        guard questions == 1 else {
            (question, answers) = (nil, [])
            return
        }
        question = try DNSMessage.key(message, &reader)
        var answers: [Record] = []
        // The count is the sender's; each round takes 11 bytes at least, so the datagram's length bounds them.
        for _ in 0..<count {
            let key = try DNSMessage.key(message, &reader)
            try reader.skip(4)
            let length: UInt16 = try reader.integer()
            answers.append(Record(key: key, data: try reader.array(Int(length))))
        }
        self.answers = answers
    }

    private static func key(_ message: Span<UInt8>, _ reader: inout ByteReader) throws(ByteError) -> RecordKey
    {
        let (name, end) = try MessageName.read(message, at: reader.offset)
        try reader.skip(end - reader.offset)
        return RecordKey(name: name, type: try reader.integer(), classNumber: try reader.integer())
    }
}
