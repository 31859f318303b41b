internal import SPAKeys
internal import SPAPolicy
internal import SPASecret

extension StanzaDraft {
    /// The finished stanza, or nil after the reasons why it is none.
    func stanza(number: UInt16, _ findings: inout Findings) -> AccessStanza? {
        if encryption == nil {
            findings.error(line, 0, "the stanza has no key; add KEY_BASE64 from `spa-knock --key-gen`")
        }
        if hmac == nil {
            findings.error(
                line, 0,
                "every stanza needs an HMAC key, without one forged packets reach the decryption; add HMAC_KEY_BASE64"
            )
        }
        guard let encryption, let hmac else { return nil }
        guard !encryption.matches(hmac) else {
            findings.error(
                seen[.hmacKey]?.line ?? line, 0,
                "the encryption key and the HMAC key are the same; make two keys")
            return nil
        }
        if encryption.count > KeyReader.stockEncryptionLimit {
            findings.warning(
                seen[.key]?.line ?? line, 0,
                "the encryption key has \(encryption.count) bytes; stock fwknop answers \"Invalid key length\" "
                    + "above 32, so only clients of Sallyport can use it")
        }
        if openPorts == nil {
            findings.warning(
                line, 0, "the stanza permits every port; add OPEN_PORTS to name those that it may open")
        }
        let (timeout, maximum) = timeouts(&findings)
        return AccessStanza(
            rules: StanzaRules(
                number: number, line: line, sources: sources, destinations: destinations,
                openPorts: openPorts,
                restrictPorts: restrictPorts, requiredUser: user,
                requiresSourceAddress: requiresSourceAddress,
                accessTimeout: timeout, maximumTimeout: maximum, expiresAt: expiresAt,
                width: GrantWidth(v4: grantPrefix, v6: grantPrefix6) ?? .single),
            keys: PacketKeys(encryption: encryption, mode: mode, hmac: hmac, hmacType: hmacType),
            keyNames: AccessStanza.KeyNames(
                encryption: seen[.key]?.name == .keyBase64 ? .base64 : .text,
                hmac: seen[.hmacKey]?.name == .hmacKeyBase64 ? .base64 : .text))
    }

    /// fwknop lets FW_ACCESS_TIMEOUT pass a MAX_FW_TIMEOUT that was set; here the maximum is one.
    ///
    /// A maximum that was not set is 300 seconds or FW_ACCESS_TIMEOUT, whichever is longer: a client gets the latter
    /// without asking.
    private func timeouts(_ findings: inout Findings) -> (Lifetime, Lifetime) {
        let timeout = accessTimeout ?? .standard
        guard let maximumTimeout else { return (timeout, max(timeout, .standardMaximum)) }
        guard timeout > maximumTimeout else { return (timeout, maximumTimeout) }
        let place = seen[.accessTimeout]?.line ?? seen[.maximumTimeout]?.line ?? line
        findings.warning(
            place, 0,
            "FW_ACCESS_TIMEOUT of \(timeout.seconds) s is longer than MAX_FW_TIMEOUT; "
                + "\(maximumTimeout.seconds) s are used")
        return (maximumTimeout, maximumTimeout)
    }
}
