/// A decrypted text, cut into its fields, before anything is made of them.
///
/// `R:user:time:version:type:message[:…]:digest`. The digest covers everything before the last colon as it stands and is
/// checked by whoever has a digest function; only then are the fields worth reading.
package struct MessageText: ~Escapable {
    /// Bytes of a text: 36 to 1499.
    package static let lengths = 36...1499
    /// Fields of a text, digest included.
    package static let fieldCounts = 7...10

    let text: Span<UInt8>
    /// Fields, digest included: 7 to 10.
    let fieldCount: Int
    // Where each colon stands; only the first `fieldCount - 1` count.
    private let colons: InlineArray<9, Int>

    /// Checks length, characters and number of fields, in this order.
    @_lifetime(copy text)
    package init(_ text: Span<UInt8>) throws(PacketError) {
        guard MessageText.lengths.contains(text.count) else { throw .textLength }
        var colons = InlineArray<9, Int>(repeating: 0)
        var found = 0
        for index in text.indices {
            let byte = text[index]
            guard (0x20...0x7E).contains(byte) else { throw .notPrintable }
            guard byte == UInt8(ascii: ":") else { continue }
            if found < colons.count { colons[found] = index }
            found += 1
        }
        guard MessageText.fieldCounts.contains(found + 1) else { throw .fieldCount }
        self.text = text
        fieldCount = found + 1
        self.colons = colons
    }

    /// What the digest covers.
    package var digestedPart: Span<UInt8> {
        @_lifetime(copy self)
        get { text.extracting(0..<colons[fieldCount - 2]) }
    }

    /// The digest field: base64, not yet compared.
    package var digestField: Span<UInt8> {
        @_lifetime(copy self)
        get { field(fieldCount - 1) }
    }

    /// Field `index`, 0 to `fieldCount - 1`.
    @_lifetime(copy self)
    func field(_ index: Int) -> Span<UInt8> {
        let start = index == 0 ? 0 : colons[index - 1] + 1
        let end = index == fieldCount - 1 ? text.count : colons[index]
        return text.extracting(start..<end)
    }
}
