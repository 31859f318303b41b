package import SPAKeys
package import SPAPolicy

/// One stanza of `access.conf`: what it permits and the keys that open its packets.
package struct AccessStanza: Sendable {
    package var rules: StanzaRules
    package var keys: PacketKeys
    /// How the file wrote the keys; of interest to ``ServerDump`` alone.
    package var keyNames: KeyNames

    package init(rules: StanzaRules, keys: PacketKeys, keyNames: KeyNames = KeyNames()) {
        (self.rules, self.keys, self.keyNames) = (rules, keys, keyNames)
    }

    /// The two spellings of each key's name.
    package struct KeyNames: Sendable, Hashable {
        /// `KEY` or `KEY_BASE64`.
        package enum Form: Sendable, Hashable { case text, base64 }

        package var encryption: Form, hmac: Form

        package init(encryption: Form = .text, hmac: Form = .text) {
            (self.encryption, self.hmac) = (encryption, hmac)
        }
    }
}
