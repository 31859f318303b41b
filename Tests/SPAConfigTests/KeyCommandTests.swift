import SPAConfig
import SPASecret
import Testing

private func stanza(_ lines: String) throws -> ClientStanza {
    let text = Array("[door]\n\(lines)\n".utf8)
    return try ClientRCParser.parse(text.span, file: "rc").value.stanza(named: "door").value
}

private func secret(_ text: String) -> Secret {
    let bytes = Array(text.utf8)
    return Secret(copying: bytes.span)
}

@Suite struct KeyCommands {
    @Test(
        arguments: [
            ("pass show ssh/knock", ["pass", "show", "ssh/knock"]),
            ("  secret-tool\tlookup  knock 'my server'  ", ["secret-tool", "lookup", "knock", "my server"]),
            (#"x "a b"'c d'e"#, ["x", "a bc de"]), (#"x "a\"b\\c\d" "#, ["x", #"a"b\c\d"#]),
            (#"x 'a\b' \'c a\ b"#, ["x", #"a\b"#, "'c", "a b"]), (#"x '' """#, ["x", "", ""]),
            ("x $HOME ~ * ; # | & >y", ["x", "$HOME", "~", "*", ";", "#", "|", "&", ">y"]),
            ("| pass x | head -1 # c", ["/bin/sh", "-c", "pass x | head -1 # c"]),
            ("|x", ["/bin/sh", "-c", "x"]),
        ] as [(String, [String])])
    func areCutIntoWords(_ line: String, _ expected: [String]) throws {
        #expect(try stanza("KEY_COMMAND \(line)").keyCommand?.words == expected)
    }

    @Test func haveFourNames() throws {
        for (name, form) in [("KEY_COMMAND", KeyForm.text), ("KEY_BASE64_COMMAND", .base64)] {
            #expect(try stanza("\(name) pass a").keyCommand?.form == form)
            let hmac = try stanza("KEY one\nHMAC_\(name): pass b")
            #expect(hmac.hmacKeyCommand?.form == form && hmac.hmacKeyCommand?.words == ["pass", "b"])
            #expect(hmac.keys == nil, "half of a pair is no pair")
        }
    }

    @Test func areNamedByTheirProgramAlone() throws {
        #expect(try stanza("KEY_COMMAND pass show 5ecret").keyCommand?.program == "pass")
    }

    @Test(arguments: [
        ("KEY one", "KEY_COMMAND x"), ("KEY_COMMAND x", "KEY_BASE64 b25l"),
        ("HMAC_KEY one", "HMAC_KEY_BASE64_COMMAND x"), ("HMAC_KEY_COMMAND x", "HMAC_KEY one"),
    ])
    func giveWayToASectionsOwnKeyAndTheOtherWayRound(_ outer: String, _ inner: String) throws {
        let text = Array("[default]\n\(outer)\n[door]\n\(inner)\n".utf8)
        let stanza = try ClientRCParser.parse(text.span, file: "rc").value.stanza(named: "door").value
        let isHMAC = inner.hasPrefix("HMAC")
        let key = isHMAC ? stanza.hmacKey : stanza.encryptionKey
        let command = isHMAC ? stanza.hmacKeyCommand : stanza.keyCommand
        #expect((key == nil) == inner.contains("COMMAND") && (command == nil) != inner.contains("COMMAND"))
    }

    @Test(arguments: ["KEY_COMMAND x\nHMAC_KEY_COMMAND y\nUSE_HMAC Y", "USE_HMAC Y"])
    func doForAnHMACThatMustBe(_ lines: String) throws { #expect(try stanza(lines).usesHMAC == true) }
}

@Suite struct KeysFromElsewhere {
    @Test(
        arguments: [
            ("one", .text, .encryption, 3), ("b25l", .base64, .encryption, 3), ("a b", .text, .hmac, 3),
            (String(repeating: "k", count: 136), .text, .hmac, 136),
        ] as [(String, KeyForm, KeyPurpose, Int)])
    func areTaken(_ text: String, _ form: KeyForm, _ purpose: KeyPurpose, _ count: Int) throws {
        #expect(try KeyCommand.key(secret(text), form, purpose).count == count)
    }

    @Test(
        arguments: [
            ("5ecret!", .base64, "base64"), (String(repeating: "5", count: 129), .text, "129 bytes"),
            ("5ec\u{1b}ret", .text, "control"), ("5ecret\r", .text, "control"),
            ("__CHANGEME__", .text, "placeholder"),
        ] as [(String, KeyForm, String)])
    func areRefusedWithoutBeingShown(_ text: String, _ form: KeyForm, _ word: String) {
        let fault = #expect(throws: KeyFault.self) { try KeyCommand.key(secret(text), form, .encryption) }
        #expect(fault?.reason.contains(word) == true)
        #expect(fault?.reason.contains("5ec") == false)
    }
}
