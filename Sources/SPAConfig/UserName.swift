/// The user name that a packet carries.
enum UserName {
    /// Reads REQUIRE_USERNAME or SPOOF_USER: 1 to 48 bytes that fwknop lets pass in a packet.
    static func read(_ value: Span<UInt8>) throws(ValueFault) -> String {
        let name = try ValueReader.word(value, limit: 48)
        let forbidden = Array("\"/\\[]:;|=,+*?<>".utf8)
        for index in value.indices where forbidden.contains(value[index]) {
            throw ValueFault("a character that no packet carries in a user name; remove it", at: index)
        }
        return name
    }
}
