package import SPAKeys
package import SPAPolicy

/// One stanza of `access.conf`: what it permits and the keys that open its packets.
package struct AccessStanza: Sendable {
    package var rules: StanzaRules
    package var keys: PacketKeys

    package init(rules: StanzaRules, keys: PacketKeys) { (self.rules, self.keys) = (rules, keys) }
}
