package import SPASecret

/// A program that prints a key: the value of KEY_COMMAND and its three sisters.
package struct KeyCommand: Hashable, Sendable {
    /// The program, by name or path, and its arguments; never empty.
    package let words: [String]
    /// How the key that it prints is written.
    package let form: KeyForm

    /// What to call it in a message: the program alone, since arguments may be nobody's business.
    package var program: String { words.first ?? "" }

    /// From a line's value, see ``CommandWords``.
    init(_ value: Span<UInt8>, _ form: KeyForm) throws(ValueFault) {
        self.form = form
        words = try CommandWords.read(value)
    }

    /// Reads a key that the command printed, or that somebody typed.
    package static func key(
        _ line: Secret, _ form: KeyForm, _ purpose: KeyPurpose
    ) throws(KeyFault) -> Secret {
        let bytes = line.bytes
        for index in bytes.indices where bytes[index] < 0x20 || bytes[index] == 0x7F {
            throw KeyFault(reason: "it holds a control character; one line of plain text is expected")
        }
        do { return try KeyReader.read(bytes, form, purpose) } catch { throw KeyFault(reason: error.reason) }
    }
}
