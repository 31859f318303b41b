internal import SPAChannel
internal import SPACrypto
internal import SPANet
internal import SPAPacket
internal import SPAPolicy
internal import SPAReplay
internal import SPAWire
internal import SPAWorkerSettings

/// What becomes of a packet.
enum Verdict {
    /// The policy permits it; `record` must be written before anything is opened.
    case permitted(Decision, user: [UInt8], record: ReplayRecord)
    /// Genuine, but not permitted; where there is a `record`, it is burned all the same.
    case refused(
        WorkerRefusal, stanza: UInt16, detail: RefusalDetail, user: [UInt8], record: ReplayRecord?)
    /// Not a packet at all: worth a word only to those who look for one.
    case garbage(PacketError)
}

/// Judges payloads under one configuration. Knows no socket and no file; the clock and the memory are arguments.
struct Judge {
    private struct Gate {
        let rules: StanzaRules
        let opener: PacketOpener

        /// About a packet that was not opened here.
        func refusal(_ reason: WorkerRefusal) -> Verdict {
            .refused(reason, stanza: rules.number, detail: RefusalDetail(), user: [], record: nil)
        }
    }

    let generation: UInt16
    let maximumAge: UInt32
    /// Whether to tell of what is no packet.
    let reportsGarbage: Bool
    private let gates: [Gate]

    /// Dates further ahead than this are not remembered: they would stay for too long.
    private static let farthestFuture: Int64 = 86_400

    init(
        generation: UInt16, maximumAge: UInt32, reportsGarbage: Bool = false, stanzas: [WorkerStanza]
    ) throws(CryptoError) {
        self.reportsGarbage = reportsGarbage
        self.generation = generation
        self.maximumAge = maximumAge
        var gates: [Gate] = []
        for stanza in stanzas {
            gates.append(Gate(rules: stanza.rules, opener: try PacketOpener(stanza.keys)))
        }
        self.gates = gates
    }

    /// - Parameter now: seconds since 1970.
    func verdict(
        on payload: Span<UInt8>, from arrival: Arrival, memory: borrowing ReplayMemory, now: Int64
    ) -> Verdict {
        do throws(PacketError) { try PacketOpener.checkOuter(payload) } catch { return .garbage(error) }
        guard gates.contains(where: { Policy.considers(arrival, $0.rules) }) else {
            return .refused(.noStanza, stanza: 0, detail: RefusalDetail(), user: [], record: nil)
        }
        guard let key = replayKey(payload) else { return .garbage(.libraryFailed) }
        guard !memory.contains(key) else {
            return .refused(
                .replay, stanza: 0, detail: RefusalDetail(number: Int64(arrival.transport.rawValue)),
                user: [],
                record: nil)
        }

        // What an opened packet says counts more than what kept another stanza from opening it: it may have to be burned.
        var refusal: Verdict?
        var malformed: Verdict?
        var expired: Verdict?
        for gate in gates where Policy.considers(arrival, gate.rules) {
            guard !Policy.hasExpired(gate.rules, now: now) else {
                expired = expired ?? gate.refusal(.stanzaExpired)
                continue
            }
            let message: SPAMessage
            do throws(PacketError) {
                message = try gate.opener.open(payload)
            } catch {
                // A wrong HMAC is the rule where several stanzas share a source; a right one with bad content is not. A
                // length that cannot be is found before the HMAC is looked at.
                if error != .hmacMismatch, error != .ciphertextLength {
                    malformed = malformed ?? gate.refusal(.malformed)
                }
                continue
            }
            let verdict = verdict(on: message, key, gate.rules, arrival, floor: memory.floor, now: now)
            if case .permitted = verdict { return verdict }
            refusal = refusal ?? verdict
        }
        return refusal ?? malformed ?? expired
            ?? .refused(.notOpened, stanza: 0, detail: RefusalDetail(), user: [], record: nil)
    }

    private func verdict(
        on message: SPAMessage, _ key: ReplayKey, _ rules: StanzaRules, _ arrival: Arrival, floor: Int64,
        now: Int64
    ) -> Verdict {
        let record = ReplayRecord(key: key, timestamp: message.timestamp)
        guard message.timestamp > floor else {
            return .refused(
                .beforeFloor, stanza: rules.number, detail: RefusalDetail(number: floor), user: message.user,
                record: nil)
        }
        do throws(Refusal) {
            let decision = try Policy.decide(
                message, from: arrival, under: rules, maximumAge: maximumAge, now: now)
            return .permitted(decision, user: message.user, record: record)
        } catch {
            let (reason, detail) = Judge.record(of: error)
            // What is too old stays too old; what lies ahead could be sent again when its time has come.
            let burns =
                message.timestamp >= now - Int64(maximumAge)
                && message.timestamp - now <= Judge.farthestFuture
            return .refused(
                reason, stanza: rules.number, detail: detail, user: message.user, record: burns ? record : nil
            )
        }
    }

    private func replayKey(_ payload: Span<UInt8>) -> ReplayKey? {
        do throws(CryptoError) {
            let digest = try ReplayDigest.of(payload)
            return ReplayKey(digest.span)
        } catch {
            return nil
        }
    }

    /// The refusal as an event carries it, with what it is about.
    private static func record(of refusal: Refusal) -> (WorkerRefusal, RefusalDetail) {
        switch refusal {
        case .stanzaExpired: (.stanzaExpired, RefusalDetail())
        case .stale(let seconds): (.stale, RefusalDetail(number: seconds))
        case .sourceAddressRequired: (.sourceAddressRequired, RefusalDetail())
        case .addressNotGrantable(let address): (.addressNotGrantable, RefusalDetail(address: address))
        case .userMismatch: (.userMismatch, RefusalDetail())
        case .kindNotServed(let kind): (.kindNotServed, RefusalDetail(number: Int64(kind.rawValue)))
        case .serviceDenied(let service):
            (
                .serviceDenied,
                RefusalDetail(number: Int64(service.transport.rawValue) << 16 | Int64(service.port))
            )
        }
    }
}
