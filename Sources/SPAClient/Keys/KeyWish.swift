/// What the command line says about where keys come from.
package struct KeyWish: Hashable, Sendable {
    /// `--fd`: read them there, before all that the stanza says.
    package var descriptor: Int32?
    /// False for `--no-prompt`: neither the terminal nor an askpass program is asked.
    package var mayAsk = true
    /// `--use-hmac`; nil leaves it to the stanza.
    package var usesHMAC: Bool?
    /// Whether a key that the stanza does not have brings an HMAC key with it, where nobody says otherwise.
    package var asksForBoth = false
    /// Whom the keys are for, in a question; empty for nobody in particular.
    package var subject = ""

    package init() {}
}
