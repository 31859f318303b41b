internal import SPAKeys
internal import SPANet
internal import SPASecret
internal import SPAWire

/// Sections of a `.fwknoprc` on their way to one stanza: the later one overrides the earlier one.
struct ClientReading {
    private var findings: Findings
    private var stanza = ClientStanza()
    private var mustUseHMAC: Int?
    private var refusesHMAC: Int?
    private var allowLine = 0, transportLine = 0
    private var modeLine = 0, keyLine = 0, hmacLine = 0
    private var isPageSet = false, pageLine = 0
    /// Switches that are on and would be an error if nothing turns them off.
    private var pending: [String: ConfigurationProblem] = [:]

    init(file: String) { findings = Findings(file: file) }

    /// Takes every line of `section` over.
    mutating func take(_ section: ClientRC.Section) {
        for problem in section.faults { findings.error(problem.line, problem.column, problem.reason) }
        var seen: [ClientName: (name: String, line: Int)] = [:]
        for entry in section.entries {
            switch ClientName.table.entry(entry.name) {
            case .unknown:
                let suggestion = findings.isFull ? nil : ClientName.table.suggestion(for: entry.name)
                findings.error(
                    entry.line, entry.nameColumn,
                    NameMessage.unknown(entry.name, suggestion: suggestion, home: nil))
            case .unsupported(let how): pass(entry, how)
            case .supported(let name):
                if let earlier = seen[name.slot], !name.isRepeatable {
                    guard isRepeatAllowed(name, entry, earlier) else { continue }
                }
                let isFirst = seen.updateValue((entry.name, entry.line), forKey: name.slot) == nil
                do { try set(name, entry.value.bytes, entry, isFirst) } catch {
                    findings.error(
                        entry.line, entry.valueColumn + error.offset, "\(entry.name): \(error.reason)")
                }
            }
        }
    }

    private mutating func isRepeatAllowed(
        _ name: ClientName, _ entry: ClientRC.Entry, _ earlier: (name: String, line: Int)
    ) -> Bool {
        guard name.slot == .key || name.slot == .hmacKey else {
            findings.warning(
                entry.line, entry.nameColumn,
                "\(entry.name) is set in line \(earlier.line) already; this one counts")
            return true
        }
        findings.error(
            entry.line, entry.nameColumn,
            "\(entry.name) and the \(earlier.name) of line \(earlier.line) set the same thing; keep one")
        return false
    }

    /// A name that is known and not acted on; `N` undoes a `Y`, and says nothing otherwise.
    private mutating func pass(_ entry: ClientRC.Entry, _ how: Unsupported) {
        do {
            let warning = try how.warning(entry.name, entry.value.bytes)
            pending[entry.name] = nil
            if case .noEffect = how { findings.warning(entry.line, entry.valueColumn, warning) }
        } catch {
            let problem = ConfigurationProblem(
                file: findings.file, line: entry.line, column: entry.valueColumn + error.offset,
                reason: "\(entry.name): \(error.reason)")
            if case .switchedOff = how {
                pending[entry.name] = problem
            } else {
                findings.error(problem.line, problem.column, problem.reason)
            }
        }
    }

    private mutating func set(
        _ name: ClientName, _ value: Span<UInt8>, _ entry: ClientRC.Entry, _ isFirst: Bool
    ) throws(ValueFault) {
        switch name {
        case .server: stanza.server = try NetworkReader.host(value)
        case .serverPort: stanza.serverPort = UInt16(clamping: try ValueReader.number(value, in: 1...65535))
        case .serverProtocol:
            stanza.transport = try ClientValues.transport(value)
            transportLine = entry.line
        case .access: stanza.access = try NetworkReader.services(value)
        case .allowAddress:
            stanza.allow = try ClientValues.allowAddress(value)
            allowLine = entry.line
        case .resolveHTTPS, .resolveHTTP: setResolve(try ValueReader.boolean(value))
        case .timeout:
            let seconds = try ValueReader.number(value, in: 0...65536, "seconds")
            stanza.clientTimeout = seconds == 0 ? nil : UInt32(clamping: seconds)
        case .digest: stanza.digest = try ValueReader.digest(value)
        case .mode:
            stanza.mode = try ValueReader.mode(value)
            modeLine = entry.line
        case .key, .keyBase64:
            stanza.encryptionKey = try KeyReader.read(value, name == .key ? .text : .base64, .encryption)
            stanza.keyCommand = nil
            keyLine = entry.line
        case .hmacKey, .hmacKeyBase64:
            stanza.hmacKey = try KeyReader.read(value, name == .hmacKey ? .text : .base64, .hmac)
            stanza.hmacKeyCommand = nil
            hmacLine = entry.line
        case .keyCommand, .keyBase64Command:
            stanza.keyCommand = try KeyCommand(value, name == .keyCommand ? .text : .base64)
            stanza.encryptionKey = nil
            keyLine = entry.line
        case .hmacKeyCommand, .hmacKeyBase64Command:
            stanza.hmacKeyCommand = try KeyCommand(value, name == .hmacKeyCommand ? .text : .base64)
            stanza.hmacKey = nil
            hmacLine = entry.line
        case .useHMAC:
            let isOn = try ValueReader.boolean(value)
            stanza.usesHMAC = isOn
            (mustUseHMAC, refusesHMAC) = isOn ? (entry.line, nil) : (nil, entry.line)
        case .hmacType: stanza.hmacType = try ValueReader.digest(value)
        case .user: stanza.user = try UserName.read(value)
        case .timeOffset: stanza.timeOffset = try ClientValues.timeOffset(value)
        case .verbosity: stanza.verbosity = try ClientValues.verbosity(value)
        case .noSavedArguments:
            guard try !ValueReader.boolean(value) else { return }
            findings.warning(
                entry.line, entry.valueColumn,
                "NO_SAVE_ARGS: command lines are never saved here, they can hold keys")
        case .serverKind: stanza.serverKind = try ClientValues.serverKind(value)
        case .stunServer:
            let servers = try NetworkReader.stunServers(value)
            stanza.addresses.stunServers = isFirst ? servers : stanza.addresses.stunServers + servers
        case .resolveURL:
            stanza.addresses.page = try AddressReader.page(value)
            (isPageSet, pageLine) = (true, entry.line)
        case .plainHTTP: stanza.addresses.isPlain = try ValueReader.boolean(value)
        case .addressSources: stanza.addresses.listed = try AddressReader.sources(value)
        case .addressDNS:
            let questions = try AddressReader.questions(value)
            stanza.addresses.questions = isFirst ? questions : stanza.addresses.questions + questions
        case .addressCommand: stanza.addresses.command = try CommandWords.read(value)
        case .addressCache:
            stanza.addresses.cacheLife = Int64(
                clamping: try ValueReader.number(value, in: 0...43200, "seconds"))
        case .sourceFallback: stanza.addresses.fallsBack = try ValueReader.boolean(value)
        case .timeServer:
            let servers = try NetworkReader.stunServers(value)
            guard servers.count == 1 else { throw ValueFault("more than one server; name one") }
            stanza.timeServer = servers.first
        case .connectTimeout:
            stanza.connectTimeout = UInt32(clamping: try ValueReader.number(value, in: 1...600, "seconds"))
        }
    }

    private mutating func setResolve(_ isOn: Bool) {
        stanza.addresses.asksPage = isOn
        if isOn {
            stanza.allow = .resolve
        } else if stanza.allow == .resolve {
            stanza.allow = .automatic
        }
    }

    /// The stanza, after what only the whole can show. `line` is where its section starts.
    func finish(name: String?, line: Int) throws(ConfigurationErrors) -> Parsed<ClientStanza> {
        var last = self
        for problem in pending.values { last.findings.error(problem.line, problem.column, problem.reason) }
        last.stanza.name = name
        last.checkKeys(line)
        last.checkAddresses(line)
        last.checkServer()
        return try last.findings.result(last.stanza)
    }

    /// What this kind of server understands.
    private mutating func checkServer() {
        if let fault = stanza.transportFault {
            findings.error(transportLine, 0, "SPA_SERVER_PROTO: \(fault)")
        }
        if let fault = stanza.allowFault { findings.error(allowLine, 0, "ALLOW_IP: \(fault)") }
    }

    /// What the lines about our address mean together.
    private mutating func checkAddresses(_ line: Int) {
        // As with fwknop, naming a page asks for its use; an address that is given goes before it.
        if isPageSet || stanza.addresses.isPlain, stanza.allow == .automatic { stanza.allow = .resolve }
        if stanza.addresses.listed?.contains(.command) == true, stanza.addresses.command == nil {
            findings.error(line, 0, "ADDRESS_SOURCES lists command and there is none; add ADDRESS_COMMAND")
        }
        guard let page = stanza.addresses.page else { return }
        if let fault = stanza.addresses.pageFault {
            findings.error(pageLine, 0, "RESOLVE_HTTP_ONLY \(fault)")
        }
        if !page.isSecure {
            findings.warning(
                pageLine, 0, "RESOLVE_URL: without https anybody on the way can answer; use https://")
        }
    }

    private mutating func checkKeys(_ line: Int) {
        if stanza.mode == .legacy || stanza.mode == .ecb {
            findings.warning(
                modeLine, 0, "ENCRYPTION_MODE: \(stanza.mode.word) is weak; use CBC on both sides")
        }
        let hasHMAC = stanza.hmacKey != nil || stanza.hmacKeyCommand != nil
        let hasKey = stanza.encryptionKey != nil || stanza.keyCommand != nil
        // Where the file has no key at all, both are asked for.
        if let mustUseHMAC, hasKey, !hasHMAC {
            findings.error(
                mustUseHMAC, 0, "USE_HMAC asks for an HMAC and there is no key; add HMAC_KEY_BASE64")
        }
        if let refusesHMAC, hasHMAC {
            findings.warning(
                refusesHMAC, 0,
                "USE_HMAC N has no effect while an HMAC key is set; remove the key to send without")
        }
        if hasHMAC, stanza.hmacType == .md5 || stanza.hmacType == .sha1 {
            findings.warning(
                hmacLine, 0, "HMAC_DIGEST_TYPE: \(stanza.hmacType.word) is outdated; use sha256 on both sides"
            )
        }
        guard hasKey else {
            if hasHMAC {
                findings.warning(hmacLine, 0, "there is an HMAC key but no encryption key; add KEY_BASE64")
            }
            return
        }
        if !hasHMAC, findings.errorCount == 0 {
            findings.warning(
                line, 0,
                "no HMAC key: anyone can alter such packets and spad refuses them; add HMAC_KEY_BASE64")
        }
        guard let encryption = stanza.encryptionKey else { return }
        if let hmac = stanza.hmacKey, encryption.matches(hmac) {
            findings.error(
                max(keyLine, hmacLine), 0, "the encryption key and the HMAC key are the same; make two keys")
        }
        if encryption.count > KeyReader.stockEncryptionLimit, stanza.serverKind == .fwknop {
            findings.error(
                keyLine, 0,
                "the encryption key has \(encryption.count) bytes and stock fwknop answers \"Invalid key length\" "
                    + "above 32; cut it on both sides or set SERVER_KIND sallyport")
        }
        guard stanza.hmacKeyCommand == nil else { return }
        stanza.keys = PacketKeys(
            encryption: encryption, mode: stanza.mode, hmac: stanza.hmacKey, hmacType: stanza.hmacType)
    }
}
