internal import SPAChannel
internal import SPAClient
internal import SPAConfig
internal import SPAConntrack
internal import SPADNS
internal import SPADissect
internal import SPAFirewall
internal import SPAHTTP
internal import SPANet
internal import SPAPolicy
internal import SPAReplay
internal import SPASntp
internal import SPAStun
internal import SPAWire
internal import SPAWorkerSettings

/// The decoders of bytes that somebody else makes, by name. Each takes any bytes, and may do one of two things only: refuse
/// them, or give a value that encodes to the same bytes again where the format has one spelling.
enum FuzzTarget: String, CaseIterable {
    case frame, wire, message, stun, sntp, dns, page, proxy, addresses
    case request, reply, helperOrder, helperEvent, workerOrder, workerEvent, frameBatch
    case serverConfiguration, access, clientConfiguration, listing, store, conntrack

    func take(_ bytes: Span<UInt8>) {
        switch self {
        case .frame: _ = try? FrameDissector.datagram(in: bytes)
        case .wire: _ = try? WireText(bytes)
        case .message: FuzzTarget.message(bytes)
        case .stun:
            _ = try? BindingResponse(
                decoding: bytes, to: TransactionID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C))
        case .dns: FuzzTarget.dns(bytes)
        case .page: FuzzTarget.page(bytes)
        case .proxy: FuzzTarget.proxy(bytes)
        case .addresses:
            if let memory = AddressMemory(decoding: bytes) {
                again(bytes) { _ in Array(memory.encoded.utf8) }
            }
        case .sntp:
            guard
                let answer = try? TimeResponse(
                    decoding: bytes, to: TimeRequest(nonce: 0x0102_0304_0506_0708))
            else { return }
            _ = answer.offset(sent: .min, arrived: .max)
        case .request: again(bytes) { try GrantRequest(decoding: $0).encoded }
        case .reply: again(bytes) { try GrantReply(decoding: $0).encoded }
        case .helperOrder: _ = try? HelperOrder(decoding: bytes)
        case .helperEvent: _ = try? HelperEvent(decoding: bytes)
        case .workerOrder: _ = try? WorkerOrder(decoding: bytes)
        case .workerEvent: again(bytes) { try WorkerEvent(decoding: $0).encoded }
        case .frameBatch: FuzzTarget.batch(bytes)
        case .serverConfiguration: _ = try? ServerSettingsParser.parse(bytes, file: "f")
        case .access: _ = try? AccessParser.parse(bytes, file: "f", settings: ServerSettings())
        case .clientConfiguration: FuzzTarget.client(bytes)
        case .listing: FuzzTarget.listing(bytes)
        case .store: FuzzTarget.store(bytes)
        case .conntrack: _ = try? EstablishedConnection.read(bytes)
        }
    }

    /// A value that was accepted says the same again, to the byte.
    private func again(_ bytes: Span<UInt8>, _ round: (Span<UInt8>) throws -> [UInt8]) {
        guard let encoded = try? round(bytes) else { return }
        precondition(encoded.count == bytes.count && bytes.indices.allSatisfy { encoded[$0] == bytes[$0] })
    }

    /// What stands behind a valid HMAC: the decrypted text.
    private static func message(_ bytes: Span<UInt8>) {
        guard let text = try? MessageText(bytes), let message = try? text.message() else { return }
        for service in services(of: message.request) { precondition(service.port != 0) }
    }

    private static func services(of request: SPARequest) -> [Service] {
        switch request {
        case .access(let access), .natAccess(let access, _), .localNATAccess(let access, _): access.services
        case .command: []
        }
    }

    /// An answer to one question in each of the three forms.
    private static func dns(_ bytes: Span<UInt8>) {
        guard let name = DomainName("whoami.test") else { return }
        for kind in AddressQuery.Kind.allCases {
            _ = try? AddressAnswer(decoding: bytes, to: AddressQuery(name, kind, id: 0x1234))
        }
    }

    /// What has come so far never decides otherwise than the whole does, unless more was to come.
    private static func page(_ bytes: Span<UInt8>) {
        let whole = try? HTTPResponse(decoding: bytes, isEnd: true)
        guard let early = try? HTTPResponse(decoding: bytes, isEnd: false) else { return }
        precondition(early == whole)
    }

    /// The text of variables of the environment, and what a proxy answers.
    private static func proxy(_ bytes: Span<UInt8>) {
        _ = try? HTTPRequest.isTunnel(bytes)
        let text = String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        _ = ProxyServer(text)
        _ = ProxyRules.choice(host: "page.test", port: 443) { $0.hasPrefix("no") ? text : "proxy.test" }
        _ = HTTPDate.seconds(text)
    }

    private static func batch(_ bytes: Span<UInt8>) {
        var total = 0
        try? FrameBatch.forEach(in: bytes) { frame in total += frame.count }
        precondition(total <= bytes.count)
    }

    private static func client(_ bytes: Span<UInt8>) {
        guard let rc = try? ClientRCParser.parse(bytes, file: "f").value else { return }
        for name in rc.names { _ = try? rc.stanza(named: name) }
        _ = try? rc.stanza(forHost: "door")
    }

    private static func listing(_ bytes: Span<UInt8>) {
        var text: [UInt8] = []
        for index in bytes.indices { text.append(bytes[index]) }
        let table = TableListing(parsing: String(decoding: text, as: UTF8.self))
        for rule in table.rules {
            _ = rule.markedEnd
            _ = GrantRule(listed: rule.arguments)
        }
        _ = ToolFlavour(version: String(decoding: text, as: UTF8.self))
        let audit = FirewallAudit(table, ownChain: "FWKNOP_INPUT")
        guard let service = Service(.tcp, port: 22) else { return }
        _ = audit.verdict(AuditProbe(.new(service), interface: "eth0"))
        _ = audit.verdict(AuditProbe(.established(service), interface: "eth0"))
    }

    /// Two files: a good one with the bytes laid over it, and one of nothing.
    private static func store(_ bytes: Span<UInt8>) {
        var image = ReplayFile.image([], header: ReplayFile.Header(generation: 2, floor: 5, isRetired: false))
        for index in bytes.indices where index < image.count { image[index] ^= bytes[index] }
        let nothing: [UInt8] = []
        _ = ReplayReading.read(image.span, nothing.span)
    }
}
