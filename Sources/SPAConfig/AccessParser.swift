internal import SPABytes
internal import SPAKeys
internal import SPANet
internal import SPAPolicy
internal import SPAWire

/// Reads `access.conf`: who may open what, and with which keys (fwknopd(8)).
package enum AccessParser {
    /// The stanzas of `text` in file order, at least one. `settings` are those of the server that will use them.
    package static func parse(
        _ text: Span<UInt8>, file: String, settings: ServerSettings
    ) throws(ConfigurationErrors) -> Parsed<[AccessStanza]> {
        var reading = AccessReading(file: file, opensIPv6: settings.opensIPv6)
        for line in LineSplitter.lines(text, &reading.findings) { reading.take(line, text) }
        reading.closeStanza()
        if reading.isEmpty, reading.findings.errorCount == 0 {
            reading.findings.error(0, 0, "no stanza; write one that starts with a SOURCE line")
        }
        return try reading.findings.result(reading.stanzas)
    }
}

/// The state of one reading of `access.conf`.
private struct AccessReading {
    var findings: Findings
    private(set) var stanzas: [AccessStanza] = []
    private var draft: StanzaDraft?
    private var count = 0
    private let opensIPv6: Bool

    init(file: String, opensIPv6: Bool) { (findings, self.opensIPv6) = (Findings(file: file), opensIPv6) }

    var isEmpty: Bool { count == 0 }

    mutating func take(_ line: RawLine, _ text: Span<UInt8>) {
        guard line.isReadable else { return passBroken(line, text) }
        let content: LineContent
        do { content = try LineGrammar.access.read(line, text) } catch {
            findings.error(line.number, line.column(error.offset), error.reason)
            return passBroken(line, text)
        }
        guard case .entry(let name, let value) = content else { return }
        let word = name.count <= 64 ? Words.string(text, name) : ""
        let nameColumn = line.column(name.lowerBound)
        let column = line.column(value.lowerBound)
        switch AccessName.table.entry(word) {
        case .unknown:
            let home = ServerName.table.knows(word) ? "spad.conf" : nil
            let suggestion = findings.isFull ? nil : AccessName.table.suggestion(for: word)
            findings.error(
                line.number, nameColumn, NameMessage.unknown(word, suggestion: suggestion, home: home))
            draft?.isBroken = true
        case .unsupported(let how):
            do {
                let text = try how.warning(word, text.extracting(value))
                findings.warning(line.number, column, text)
            } catch {
                findings.error(line.number, column + error.offset, "\(word): \(error.reason)")
                draft?.isBroken = true
            }
        case .supported(let known):
            if known == .source { openStanza(line.number) }
            guard note(known, line.number, nameColumn) else { return }
            do { try set(known, text.extracting(value), line.number, column) } catch {
                findings.error(line.number, column + error.offset, "\(word): \(error.reason)")
                draft?.isBroken = true
            }
        }
    }

    /// After a line that could not be read: a SOURCE all the same starts a stanza.
    private mutating func passBroken(_ line: RawLine, _ text: Span<UInt8>) {
        let name = LineGrammar.leadingName(line, text)
        if name.count == 6, Words.string(text, name) == AccessName.source.rawValue { openStanza(line.number) }
        draft?.isBroken = true
    }

    private mutating func openStanza(_ line: Int) {
        closeStanza()
        count += 1
        draft = StanzaDraft(line: line)
    }

    /// Whether the line may be read: it stands in a stanza and does not compete with another one.
    private mutating func note(_ name: AccessName, _ line: Int, _ column: Int) -> Bool {
        guard let earlier = draft?.seen[name.slot] else {
            guard draft != nil else {
                findings.error(
                    line, column, "\(name.rawValue) stands before the first SOURCE; move it below one")
                return false
            }
            draft?.seen[name.slot] = (name, line)
            return true
        }
        draft?.seen[name.slot] = (name, line)
        let isKey = name.slot == .key || name.slot == .hmacKey
        guard isKey || earlier.name != name else {
            findings.warning(
                line, column, "\(name.rawValue) is set in line \(earlier.line) already; this one counts")
            return true
        }
        findings.error(
            line, column,
            "\(name.rawValue) and the \(earlier.name.rawValue) of line \(earlier.line) set the same thing; keep one"
        )
        draft?.isBroken = true
        return false
    }

    /// Ends the current stanza and keeps it if it is complete.
    mutating func closeStanza() {
        guard let done = draft.take(), !done.isBroken else { return }
        guard let number = UInt16(exactly: count) else {
            findings.error(done.line, 0, "more than 65535 stanzas; spread them over several servers")
            return
        }
        if let stanza = done.stanza(number: number, &findings) { stanzas.append(stanza) }
    }

    private mutating func set(
        _ name: AccessName, _ value: Span<UInt8>, _ line: Int, _ column: Int
    ) throws(ValueFault) {
        switch name {
        case .source:
            var notes: [ValueFault] = []
            draft?.sources = try NetworkReader.networks(value, notes: &notes)
            for note in notes { findings.warning(line, column + note.offset, "SOURCE: \(note.reason)") }
        case .destination:
            var notes: [ValueFault] = []
            let list = try NetworkReader.networks(value, notes: &notes)
            draft?.destinations = IPNetwork.any.allSatisfy(list.contains) ? [] : list
            for note in notes { findings.warning(line, column + note.offset, "DESTINATION: \(note.reason)") }
        case .openPorts: draft?.openPorts = Set(try NetworkReader.services(value))
        case .restrictPorts: draft?.restrictPorts = Set(try NetworkReader.services(value))
        case .key:
            noteKeyText(name, value, line, column)
            draft?.encryption = try KeyReader.text(value, .encryption)
        case .keyBase64: draft?.encryption = try KeyReader.base64(value, .encryption)
        case .hmacKey:
            noteKeyText(name, value, line, column)
            draft?.hmac = try KeyReader.text(value, .hmac)
        case .hmacKeyBase64: draft?.hmac = try KeyReader.base64(value, .hmac)
        case .hmacType:
            let type = try ValueReader.digest(value)
            draft?.hmacType = type
            if type == .md5 || type == .sha1 {
                findings.warning(
                    line, column, "HMAC_DIGEST_TYPE: \(type.word) is outdated; use sha256 on both sides")
            }
        case .mode:
            let mode = try ValueReader.mode(value)
            draft?.mode = mode
            if mode == .legacy || mode == .ecb {
                findings.warning(line, column, "ENCRYPTION_MODE: \(mode.word) is weak; use CBC on both sides")
            }
        case .accessTimeout:
            let lifetime = try lifetime(value, .standard, name, line, column)
            draft?.accessTimeout = lifetime
        case .maximumTimeout:
            let lifetime = try lifetime(value, .standardMaximum, name, line, column)
            draft?.maximumTimeout = lifetime
        case .user: draft?.user = Array(try UserName.read(value).utf8)
        case .requireSource, .requireSourceAddress:
            draft?.requiresSourceAddress = try ValueReader.boolean(value)
        case .expire: draft?.expiresAt = try ExpiryReader.date(value)
        case .expireEpoch: draft?.expiresAt = try ExpiryReader.epoch(value)
        case .grantPrefix:
            let length = try AccessReading.prefix(value, in: GrantWidth.v4Range)
            draft?.grantPrefix = length
        case .grantPrefix6:
            let length = try AccessReading.prefix(value, in: GrantWidth.v6Range)
            draft?.grantPrefix6 = length
            guard !opensIPv6 else { return }
            findings.warning(
                line, column, "GRANT_PREFIX6 has no effect: ENABLE_IPV6 is N, no door is opened over IPv6")
        }
    }

    private static func prefix(_ value: Span<UInt8>, in range: ClosedRange<Int>) throws(ValueFault) -> Int {
        let (low, high) = (UInt64(range.lowerBound), UInt64(range.upperBound))
        guard let length = Decimal.parse(value, in: low...high) else {
            throw ValueFault(
                "not the length of a prefix from \(low) to \(high); \(high) is the address alone, the default"
            )
        }
        return Int(length)
    }

    /// 0 means the default, as in fwknop.
    private mutating func lifetime(
        _ value: Span<UInt8>, _ standard: Lifetime, _ name: AccessName, _ line: Int, _ column: Int
    ) throws(ValueFault) -> Lifetime {
        let seconds = try ValueReader.number(value, in: 0...UInt64(Lifetime.range.upperBound), "seconds")
        if let lifetime = Lifetime(seconds: UInt32(clamping: seconds)) { return lifetime }
        findings.warning(
            line, column,
            "\(name.rawValue): 0 means the default of \(standard.seconds) seconds; write that or nothing")
        return standard
    }

    /// What looks like a comment or a quote around a passphrase is part of it.
    private mutating func noteKeyText(
        _ name: AccessName, _ value: Span<UInt8>, _ line: Int, _ column: Int
    ) {
        if value[0] == UInt8(ascii: "\"") || value[0] == UInt8(ascii: "'") {
            findings.warning(line, column, "\(name.rawValue): quotes are part of the key in this file")
        }
        for index in value.indices where index > 0 && value[index] == UInt8(ascii: "#") {
            guard LineGrammar.isBlank(value[index - 1]) else { continue }
            findings.warning(
                line, column, "\(name.rawValue): what looks like a comment is part of the key in this file")
            return
        }
    }
}
