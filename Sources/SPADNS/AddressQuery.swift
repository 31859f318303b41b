internal import SPABytes

/// What a resolver is asked: the name whose answer is the address that it was asked from.
package struct AddressQuery: Hashable, Sendable {
    /// The kinds of answer in use.
    package enum Kind: Hashable, Sendable, CaseIterable {
        /// An address record (type A, class IN).
        case address
        /// A text that holds the address (TXT, IN).
        case text
        /// The same in the class of questions about the server itself (TXT, CH).
        case chaosText

        var type: UInt16 { self == .address ? 1 : 16 }
        var classNumber: UInt16 { self == .chaosText ? 3 : 1 }
    }

    package let name: DomainName
    package let kind: Kind
    /// Tells our question from others'; with the port it comes from, what a forger has to guess.
    package let id: UInt16

    package init(_ name: DomainName, _ kind: Kind, id: UInt16) {
        (self.name, self.kind, self.id) = (name, kind, id)
    }

    /// The datagram (RFC 1035 section 4). Recursion is asked for: some answer nothing without.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 64)
        writer.integer(id)
        writer.integer(UInt16(0x0100))
        for count: UInt16 in [1, 0, 0, 0] { writer.integer(count) }
        for label in name.labels {
            writer.integer(UInt8(truncatingIfNeeded: label.count))
            writer.append(label)
        }
        writer.integer(UInt8(0))
        writer.integer(kind.type)
        writer.integer(kind.classNumber)
        return writer.bytes
    }
}

/// Why a datagram tells no address.
package enum DNSError: Error, Hashable, Sendable {
    /// Not a message of RFC 1035, or cut short by the sender.
    case malformed
    /// No answer to this question: another id, question, or no answer at all.
    case notOurs
    /// The server refuses or does not know, with this code (RFC 1035 section 4.1.1).
    case refused(code: UInt8)
    /// An answer without an address in it.
    case noAddress
}
