internal import SPABytes
package import SPANet

/// A resolver's answer to an ``AddressQuery``.
package struct AddressAnswer: Hashable, Sendable {
    package let address: IPv4Address

    /// Reads a datagram as the answer to `query`: same id, same question, and an address among the answers to that very
    /// name. Aliases are not followed; the names asked for have none.
    package init(decoding datagram: Span<UInt8>, to query: AddressQuery) throws(DNSError) {
        let message: DNSMessage
        do throws(ByteError) { message = try DNSMessage(decoding: datagram) } catch { throw .malformed }
        guard message.id == query.id, message.isResponse else { throw .notOurs }
        guard message.code == 0 else { throw .refused(code: message.code) }
        guard message.question == query.question else { throw .notOurs }
        // What is missing may be the answer.
        guard !message.isCut else { throw .malformed }
        for record in message.answers where record.key == query.question {
            if let found = AddressAnswer.address(record.data, query.kind) {
                address = found
                return
            }
        }
        throw .noAddress
    }

    private static func address(_ data: [UInt8], _ kind: AddressQuery.Kind) -> IPv4Address? {
        switch kind {
        case .address:
            guard data.count == 4 else { return nil }
            return IPv4Address(bits: data.reduce(0) { $0 << 8 | UInt32($1) })
        case .text, .chaosText:
            // One string of a length byte and so many bytes; further ones are remarks.
            guard let length = data.first, data.count > Int(length) else { return nil }
            return IPv4Address(parsing: data.span.extracting(1..<(1 + Int(length))))
        }
    }
}
