internal import SPABytes
internal import SPASecret

/// How a key is written.
package enum KeyForm: Hashable, Sendable {
    /// The bytes themselves: KEY, HMAC_KEY.
    case text
    /// KEY_BASE64, HMAC_KEY_BASE64.
    case base64
}

/// What a key is for.
package enum KeyPurpose: Hashable, Sendable {
    case encryption, hmac

    /// The most bytes it may have.
    package var limit: Int { self == .encryption ? 128 : 136 }
}

/// What is wrong with a key that came from somewhere else than the file: `reason; what to do`. Never holds a part of it.
package struct KeyFault: Error, Hashable, Sendable {
    package let reason: String
}

/// Takes keys out of a file's bytes. No message of this type says anything of their content but its length.
enum KeyReader {
    /// Bytes of an encryption key that stock fwknop can use.
    static let stockEncryptionLimit = 32

    static func read(
        _ value: Span<UInt8>, _ form: KeyForm, _ purpose: KeyPurpose
    ) throws(ValueFault) -> Secret {
        switch form {
        case .text: try text(value, purpose)
        case .base64: try base64(value, purpose)
        }
    }

    /// KEY and HMAC_KEY: the bytes as written.
    static func text(_ value: Span<UInt8>, _ purpose: KeyPurpose) throws(ValueFault) -> Secret {
        try refusePlaceholder(value)
        try checkLength(value.count, purpose)
        return Secret(copying: value)
    }

    /// KEY_BASE64 and HMAC_KEY_BASE64.
    static func base64(_ value: Span<UInt8>, _ purpose: KeyPurpose) throws(ValueFault) -> Secret {
        try refusePlaceholder(value)
        guard isCanonical(value), var bytes = Base64.decode(value) else {
            throw ValueFault("not valid base64; copy the whole key again")
        }
        let key = Secret(taking: &bytes)
        try checkLength(key.count, purpose)
        return key
    }

    private static func checkLength(_ count: Int, _ purpose: KeyPurpose) throws(ValueFault) {
        guard count > 0 else { throw ValueFault("the key is empty; make one with `spa-knock --key-gen`") }
        guard count <= purpose.limit else {
            throw ValueFault(
                "the key has \(count) bytes; at most \(purpose.limit) are possible, use a shorter one")
        }
    }

    private static func refusePlaceholder(_ value: Span<UInt8>) throws(ValueFault) {
        let placeholder = Array("__CHANGEME__".utf8)
        guard value.count == placeholder.count else { return }
        for index in value.indices where Words.upper(value[index]) != placeholder[index] { return }
        throw ValueFault("the placeholder stands where a key should; make one with `spa-knock --key-gen`")
    }

    /// Whether decoding will succeed, so that no half decoded key is left behind in freed memory.
    private static func isCanonical(_ value: Span<UInt8>) -> Bool {
        var end = value.count
        while end > 0, value.count - end < 2, value[end - 1] == UInt8(ascii: "=") { end -= 1 }
        guard end > 0 else { return false }
        for index in 0..<end where !Base64.isLetter(value[index]) { return false }
        switch end % 4 {
        case 0: return true
        case 2: return Array("AQgw".utf8).contains(value[end - 1])
        case 3: return Array("AEIMQUYcgkosw048".utf8).contains(value[end - 1])
        default: return false
        }
    }
}
