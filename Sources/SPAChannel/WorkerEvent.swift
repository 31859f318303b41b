internal import SPABytes
package import SPANet

/// Why the worker does not act on a packet; `WorkerEvent.refused` carries it.
package enum WorkerRefusal: UInt8, Sendable, CaseIterable {
    /// No stanza's SOURCE matches the packet's source.
    case noStanza = 1
    /// The packet was seen before.
    case replay
    /// No stanza's keys open the packet.
    case notOpened
    /// HMAC right, content wrong.
    case malformed
    case stale
    case beforeFloor
    case sourceAddressRequired, addressNotGrantable, userMismatch, kindNotServed, serviceDenied, stanzaExpired
    /// The replay store cannot be written.
    case storeFailed
    /// The clock is plainly wrong, so no packet can be judged.
    case clockWrong
    /// The helper takes no request at the moment.
    case helperBusy
    /// No packet by its outer form; `detail` is the check that failed, as `PacketError` numbers them. Told on demand only.
    case garbage
}

/// What a refusal is about, as far as its reason has something to say.
package struct RefusalDetail: Equatable, Sendable {
    /// Seconds of age, a date, a kind of request, transport and port of the denied service, transport of a
    /// replay, errno of the store, or the
    /// check that a packet's outer form failed.
    package var number: Int64
    /// The address that nothing is opened for.
    package var address: IPAddress

    package init(number: Int64 = 0, address: IPAddress = .v4(.unspecified)) {
        (self.number, self.address) = (number, address)
    }
}

/// Worker → supervisor: fixed-size records, formatted and limited there. All but the enumerations is hostile.
package enum WorkerEvent: Equatable, Sendable {
    /// Packets are judged from now on.
    case ready
    /// Settings of this generation are in force.
    case committed(generation: UInt16)
    /// Packets dated up to `until` (seconds since 1970) are refused, because the replay store is not whole.
    case waitingForStore(until: Int64)
    /// The clock reads `now`, before `notBefore`; nothing is accepted until it is right.
    case waitingForClock(now: Int64, notBefore: Int64)
    /// A packet passed the policy and goes to the helper; `ids` of its requests start at `firstID`.
    case accepted(firstID: UInt64, count: UInt8, stanza: UInt16, packetSource: IPAddress, user: [UInt8])
    case refused(
        WorkerRefusal, stanza: UInt16, packetSource: IPAddress, detail: RefusalDetail, user: [UInt8])
    /// A layer of confinement is missing, as a bit; 0 stands for what no machine may lack. `code` is the errno. Where it
    /// `isFatal`, the worker ends.
    case lacks(layer: UInt8, code: UInt32, isFatal: Bool)
    /// So many refusals, and so many of what is no packet, were not reported, to keep a flood out of the log.
    case suppressed(count: UInt64, garbage: UInt64)
    /// So many `accepted` were lost, because the supervisor did not take them.
    case lost(accepted: UInt64)
    /// The replay store cannot be opened; `code` is the errno. The worker ends.
    case storeUnusable(code: UInt32)

    package static let userLimit = 48
    package static let size = 96

    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: WorkerEvent.size)
        switch self {
        case .ready: writer.integer(UInt8(50))
        case .committed(let generation):
            writer.integer(UInt8(51))
            writer.integer(generation)
        case .waitingForStore(let until):
            writer.integer(UInt8(52))
            writer.signed(until)
        case .waitingForClock(let now, let notBefore):
            writer.integer(UInt8(53))
            writer.signed(now)
            writer.signed(notBefore)
        case .accepted(let firstID, let count, let stanza, let source, let user):
            writer.integer(UInt8(54))
            writer.integer(firstID)
            writer.integer(count)
            writer.integer(stanza)
            writer.address(source)
            writer.user(user)
        case .refused(let reason, let stanza, let source, let detail, let user):
            writer.integer(UInt8(55))
            writer.integer(reason.rawValue)
            writer.integer(stanza)
            writer.address(source)
            writer.signed(detail.number)
            writer.address(detail.address)
            writer.user(user)
        case .lacks(let layer, let code, let isFatal):
            writer.integer(UInt8(57))
            writer.integer(layer)
            writer.integer(code)
            writer.flag(isFatal)
        case .suppressed(let count, let garbage):
            writer.integer(UInt8(56))
            writer.integer(count)
            writer.integer(garbage)
        case .lost(let accepted):
            writer.integer(UInt8(58))
            writer.integer(accepted)
        case .storeUnusable(let code):
            writer.integer(UInt8(59))
            writer.integer(code)
        }
        writer.append([UInt8](repeating: 0, count: WorkerEvent.size - writer.bytes.count))
        return writer.bytes
    }

    package init(decoding bytes: Span<UInt8>) throws(ChannelError) {
        guard bytes.count == WorkerEvent.size else { throw .badField("event size") }
        var reader = ChannelReader(bytes)
        switch try reader.integer(UInt8.self) {
        case 50: self = .ready
        case 51: self = .committed(generation: try reader.integer())
        case 52: self = .waitingForStore(until: try reader.signed())
        case 53: self = .waitingForClock(now: try reader.signed(), notBefore: try reader.signed())
        case 54:
            self = .accepted(
                firstID: try reader.integer(), count: try reader.integer(), stanza: try reader.integer(),
                packetSource: try reader.address(), user: try reader.user())
        case 55:
            guard let reason = WorkerRefusal(rawValue: try reader.integer()) else {
                throw .badField("reason")
            }
            self = .refused(
                reason, stanza: try reader.integer(), packetSource: try reader.address(),
                detail: RefusalDetail(number: try reader.signed(), address: try reader.address()),
                user: try reader.user())
        case 57:
            self = .lacks(
                layer: try reader.integer(), code: try reader.integer(), isFatal: try reader.flag("fatal"))
        case 56: self = .suppressed(count: try reader.integer(), garbage: try reader.integer())
        case 58: self = .lost(accepted: try reader.integer())
        case 59: self = .storeUnusable(code: try reader.integer())
        case let tag: throw .unknownTag(tag)
        }
        while reader.remaining > 0 {
            guard try reader.integer(UInt8.self) == 0 else { throw .badField("padding") }
        }
    }
}

extension ByteWriter {
    fileprivate mutating func user(_ user: [UInt8]) {
        let cut = Array(user.prefix(WorkerEvent.userLimit))
        integer(UInt8(cut.count))
        append(cut)
    }
}

extension ChannelReader {
    fileprivate mutating func user() throws(ChannelError) -> [UInt8] {
        let count = Int(try integer(UInt8.self))
        guard count <= WorkerEvent.userLimit else { throw .badField("user") }
        return try array(count)
    }
}
