internal import SPABytes
internal import SPANet

extension MessageText {
    /// The message of the fields, each in its one canonical spelling.
    ///
    /// - Throws: the first check that fails, in field order.
    package func message() throws(PacketError) -> SPAMessage {
        let random = field(0)
        guard FieldRules.isRandom(random) else { throw .random }

        guard field(1).count <= 64 else { throw .userName }
        let user = try printable(1)
        guard FieldRules.isUserName(user.span) else { throw .userName }

        guard let timestamp = Decimal.parse(field(2), in: FieldRules.timestamps) else { throw .timestamp }
        guard FieldRules.isVersion(field(3)) else { throw .version }
        guard field(4).count == 1, let type = MessageType(rawValue: field(4)[0] &- UInt8(ascii: "0")) else {
            throw .messageType
        }
        guard field(5).count <= 256 else { throw .messageLength }
        let body = try printable(5)

        // Behind the message: [NAT] [server auth] [timeout], as the type says; the digest stands last.
        var next = 6
        var last = fieldCount - 1
        if type.hasTimeout {
            guard last > next else { throw .fieldMissing }
            last -= 1
        }
        var target: NATTarget?
        if type.hasTarget {
            guard last > next else { throw .fieldMissing }
            target = try natTarget(next)
            next += 1
        }
        var serverAuth: [UInt8]?
        if last > next {
            // 63 bytes are 84 characters; the length is looked at before anything is decoded.
            guard field(next).count <= 84 else { throw .serverAuth }
            serverAuth = try printable(next)
            next += 1
        }
        guard last == next else { throw .fieldSurplus }
        var timeout: UInt32?
        if type.hasTimeout {
            guard let seconds = Decimal.parse(field(last), in: FieldRules.timeouts) else {
                throw .clientTimeout
            }
            timeout = UInt32(seconds)
        }
        return SPAMessage(
            random: random.copied, user: user, timestamp: Int64(timestamp), version: field(3).copied,
            request: try SPARequest(type: type, body: body.span, target: target), serverAuth: serverAuth,
            clientTimeout: timeout)
    }

    /// The bytes of a base64 field: at least one, all printable.
    private func printable(_ index: Int) throws(PacketError) -> [UInt8] {
        guard let bytes = Base64.decodeUnpadded(field(index)), !bytes.isEmpty else { throw .innerBase64 }
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .innerNotPrintable }
        return bytes
    }

    private func natTarget(_ index: Int) throws(PacketError) -> NATTarget {
        guard field(index).count <= 256 else { throw .natTarget }
        let bytes = try printable(index)
        let text = bytes.span
        let comma = text.firstComma(from: 0)
        guard comma < text.count, text.firstComma(from: comma + 1) == text.count else { throw .natTarget }
        let host = text.extracting(0..<comma)
        guard FieldRules.isHost(host) else { throw .natHost }
        guard let port = Decimal.parse(text.extracting((comma + 1)..<text.count), in: 1...65535) else {
            throw .natPort
        }
        return NATTarget(host: host.copied, port: UInt16(port))
    }
}

extension SPARequest {
    fileprivate init(type: MessageType, body: Span<UInt8>, target: NATTarget?) throws(PacketError) {
        let comma = body.firstComma(from: 0)
        guard comma < body.count, let address = IPAddress(parsing: body.extracting(0..<comma)) else {
            throw .address
        }
        let rest = body.extracting((comma + 1)..<body.count)
        if type == .command {
            guard rest.count > 0 else { throw .command }
            self = .command(address: address, text: rest.copied)
            return
        }
        var services: [Service] = []
        var start = 0
        while start <= rest.count {
            let end = rest.firstComma(from: start)
            guard let service = Service(parsing: rest.extracting(start..<end)) else { throw .service }
            services.append(service)
            start = end + 1
        }
        let access = AccessRequest(address: address, services: services)
        switch (type, target) {
        case (.localNAT, let target?), (.localNATWithTimeout, let target?):
            self = .localNATAccess(access, target: target)
        case (_, let target?): self = .natAccess(access, target: target)
        case (_, nil): self = .access(access)
        }
    }
}

extension Span<UInt8> {
    /// The content as an array.
    fileprivate var copied: [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in indices { copy.append(self[index]) }
        return copy
    }

    /// Where the first comma at or after `start` stands, or the count when there is none.
    fileprivate func firstComma(from start: Int) -> Int {
        var index = start
        while index < count, self[index] != UInt8(ascii: ",") { index += 1 }
        return index
    }
}
