internal import SPABytes

/// Reads `spad.conf` or fwknop's `fwknopd.conf` (fwknopd(8)).
package enum ServerSettingsParser {
    /// The settings that `text` makes of the defaults; `file` is the name for messages.
    package static func parse(
        _ text: Span<UInt8>, file: String
    ) throws(ConfigurationErrors) -> Parsed<ServerSettings> {
        var reading = ServerReading(file: file)
        for line in LineSplitter.lines(text, &reading.findings) where line.isReadable {
            reading.take(line, text)
        }
        return try reading.findings.result(reading.settings)
    }
}

/// The state of one reading of `spad.conf`.
private struct ServerReading {
    var findings: Findings
    var settings = ServerSettings()
    /// Values of the file so far, for `$NAME`.
    private var values: [String: [UInt8]] = [:]
    private var lines: [String: Int] = [:]

    init(file: String) { findings = Findings(file: file) }

    mutating func take(_ line: RawLine, _ text: Span<UInt8>) {
        let content: LineContent
        do { content = try LineGrammar.server.read(line, text) } catch {
            findings.error(line.number, line.column(error.offset), error.reason)
            return
        }
        guard case .entry(let name, let value) = content else { return }
        let word = name.count <= 64 ? Words.string(text, name) : ""
        let column = line.column(value.lowerBound)
        let entry = ServerName.table.entry(word)
        if case .unknown = entry {
            let home = AccessName.table.knows(word) ? "access.conf" : nil
            let suggestion = findings.isFull ? nil : ServerName.table.suggestion(for: word)
            findings.error(
                line.number, line.column(name.lowerBound),
                NameMessage.unknown(word, suggestion: suggestion, home: home))
            return
        }
        if let earlier = lines.updateValue(line.number, forKey: word) {
            findings.warning(
                line.number, line.column(name.lowerBound),
                "\(word) is set in line \(earlier) already; this one counts")
        }
        do {
            let plain = text.extracting(value)
            let bytes = try expanded(plain)
            values[word] = bytes
            let isExpanded = plain[0] == UInt8(ascii: "$")
            try act(on: entry, word, bytes.span, Place(line.number, column, isExact: !isExpanded))
        } catch {
            findings.error(line.number, column + error.offset, "\(word): \(error.reason)")
        }
    }

    /// Where a value stands; after an expansion the place of a byte within it is no longer known.
    private struct Place {
        let line: Int, column: Int, isExact: Bool

        init(_ line: Int, _ column: Int, isExact: Bool) {
            (self.line, self.column, self.isExact) = (line, column, isExact)
        }
    }

    private mutating func act(
        on entry: NameTable<ServerName>.Entry, _ word: String, _ value: Span<UInt8>, _ place: Place
    ) throws(ValueFault) {
        do throws(ValueFault) {
            switch entry {
            case .supported(let name): try set(name, value)
            case .unsupported(let how):
                findings.warning(place.line, place.column, try how.warning(word, value))
            case .unknown: break
            }
        } catch {
            throw ValueFault(error.reason, at: place.isExact ? error.offset : 0)
        }
    }

    /// `$NAME` at the very start of a value stands for the value of a line above.
    private func expanded(_ value: Span<UInt8>) throws(ValueFault) -> [UInt8] {
        var start = 0
        var result: [UInt8] = []
        if value.count > 0, value[0] == UInt8(ascii: "$") {
            start = 1
            while start < value.count, value[start] == 0x5F || (0x41...0x5A).contains(value[start]) {
                start += 1
            }
            guard start > 1 else { throw ValueFault("`$` is not followed by a name in capitals") }
            guard start <= 65, let known = values[Words.string(value, 1..<start)] else {
                throw ValueFault(
                    "the variable has no value above this line; set it there or write the value out")
            }
            result = known
        }
        for index in start..<value.count { result.append(value[index]) }
        guard result.count <= LineSplitter.longestLine else {
            throw ValueFault("the value with its variable is longer than a line may be; write it out")
        }
        return result
    }

    private mutating func set(_ name: ServerName, _ value: Span<UInt8>) throws(ValueFault) {
        switch name {
        case .interface: settings.interface = try ServerValues.interface(value)
        case .filter:
            settings.captureFilter = try ValueReader.text(value, limit: 1000)
            settings.knockPort = ServerValues.knockPort(ofFilter: settings.captureFilter) ?? 62201
        case .promiscuous: settings.promiscuous = try ValueReader.boolean(value)
        case .snapLength: settings.snapLength = try number(value, 1...32768, "bytes")
        case .aging:
            guard try ValueReader.boolean(value) else {
                throw ValueFault(
                    "packets without an age could be replayed for ever; remove the line and raise MAX_SPA_PACKET_AGE"
                )
            }
        case .packetAge: settings.maximumPacketAge = try number(value, 1...100_000, "seconds")
        case .persistence:
            guard try ValueReader.boolean(value) else {
                throw ValueFault(
                    "without the replay store a recorded packet opens the port again; remove the line")
            }
        case .runDirectory: settings.setRunDirectory(try ValueReader.absolutePath(value))
        case .stateDirectory: settings.setStateDirectory(try ValueReader.absolutePath(value))
        case .pidFile: settings.pidFile = try ValueReader.absolutePath(value)
        case .accessFile: settings.accessFile = try ValueReader.absolutePath(value)
        case .firewallProgram: settings.firewallProgram = try ServerValues.firewallProgram(value)
        case .flushAtStart: settings.flushesAtStart = try ValueReader.boolean(value)
        case .flushAtExit: settings.flushesAtExit = try ValueReader.boolean(value)
        case .inputChain: settings.inputChain = try ServerValues.inputChain(value)
        case .ipv6: settings.opensIPv6 = try ValueReader.boolean(value)
        case .syn: settings.takesSyn = try ValueReader.boolean(value)
        case .supervisorUser: settings.supervisorUser = try ServerValues.account(value)
        case .helperUser: settings.helperUser = try ServerValues.account(value)
        case .workerUser: settings.workerUser = try ServerValues.account(value)
        case .allowedMissingLayers: settings.allowedMissingLayers = try ServerValues.layers(value)
        case .maximumGrants: settings.maximumGrants = try number(value, 1...1_000_000, "grants")
        case .grantsPerMinute: settings.maximumGrantsPerMinute = try number(value, 1...10_000_000, "grants")
        case .verbosity: settings.verbosity = Int(try number(value, 0...10))
        }
    }

    private func number(
        _ value: Span<UInt8>, _ range: ClosedRange<UInt64>, _ unit: String = ""
    ) throws(ValueFault) -> UInt32 {
        UInt32(clamping: try ValueReader.number(value, in: range, unit))
    }
}
