internal import SPAChannel
internal import SPANet
internal import SPAPrivilege
internal import SPASystem

/// Turns the children's events into log lines. Only a helper's acknowledgement makes a line that says a door is open.
struct EventDesk {
    private var log: LogBook
    private var knocks = KnockBook()
    /// The chain of the grants, and the folder of the replay store: lines name them.
    private let chain: String, store: String

    init(chain: String, store: String, log: LogBook = LogBook()) {
        (self.chain, self.store, self.log) = (chain, store, log)
    }

    mutating func say(_ line: String) { log.write(line) }

    /// Whether the worker's word of this request is here already.
    func knows(_ id: UInt64) -> Bool { knocks.knows(id) }

    /// Tells what was left out; see ``LogBook/catchUp(at:)``.
    mutating func catchUp(at moment: Int64) -> LogBook.Rest { log.catchUp(at: moment) }

    /// Tells all of it, whatever the budgets say.
    mutating func finish() { log.finish() }

    /// - Parameter requiredUser: REQUIRE_USERNAME of a stanza.
    mutating func record(_ event: WorkerEvent, requiredUser: (UInt16) -> String?) {
        switch event {
        case .ready, .committed: break
        case .waitingForStore(let until):
            log.write(
                "The replay store may have gaps (lost, damaged, or new on a machine that has just started): packets dated up"
                    + " to \(until) are refused, so that none which was granted before is granted again. Waiting until then"
            )
        case .waitingForClock(let now, let notBefore):
            log.write(
                "The clock is plainly wrong: it reads \(now), it cannot be before \(notBefore) (seconds since 1970). No"
                    + " packet is accepted until it is set right")
        case .accepted(let firstID, let count, let stanza, let source, let user):
            let knock = LogLines.Knock(stanza: stanza, packetSource: source, user: EventDesk.text(user))
            knocks.note(knock, firstID: firstID, count: count)
            log.write(LogLines.accepted(knock))
        case .refused(let reason, let stanza, let source, let detail, let user):
            let line = LogLines.refused(
                reason, stanza: stanza, source: source, detail: detail, user: EventDesk.text(user),
                requiredUser: requiredUser(stanza))
            log.write(line, reason == .garbage ? .garbage : user.isEmpty ? .noise : .refusal)
        case .lacks(let layer, let code, let isFatal):
            let name = ConfinementLayer.layers(layer).map(\.rawValue).sorted().joined(separator: ", ")
            switch (name.isEmpty, isFatal) {
            case (true, _): log.write("error: spad-worker cannot give up its privileges (errno \(code))")
            case (false, true):
                log.write(
                    "error: this machine lacks the layer \(name) for spad-worker (errno \(code)); to run without it all"
                        + " the same, set ALLOW_MISSING_LAYERS \(name)")
            case (false, false): log.write("warning: spad-worker runs without the layer \(name)")
            }
        case .suppressed(let count, let garbage):
            log.addSuppressed(count, .noise)
            log.addSuppressed(garbage, .garbage)
        case .lost(let accepted):
            log.write("warning: \(accepted) lines about accepted packets were lost while spad stood still")
        case .storeUnusable(let code):
            let reason = SystemError.text(Int32(bitPattern: code))
            log.write("error: spad-worker cannot use the replay store in \(store): \(reason)")
        }
    }

    mutating func record(_ event: HelperEvent) {
        switch event {
        case .ready, .committed, .capture, .stopped: break
        case .granted(
            let id, let stanza, let source, let service, let expires, let extended, let prefix):
            log.write(
                LogLines.granted(
                    chain: chain, source: source, service: service, expires: expires, stanza: stanza,
                    extended: extended, prefix: prefix, knock: knocks.take(id)), .grant)
        case .refused(let id, let stanza, let source, let service, let reason):
            log.write(
                LogLines.refusedByHelper(
                    source: source, service: service, stanza: stanza, reason: reason, knock: knocks.take(id)),
                .refusal)
        case .expired(let network, let service, let expires):
            log.write(
                LogLines.expired(chain: chain, network: network, service: service, expires: expires), .grant)
        case .narrowed(let network, let address, let service, let expires, let cause):
            log.write(
                LogLines.narrowed(
                    chain: chain, network: network, address: address, service: service, expires: expires,
                    cause: cause), .grant)
        case .waiting(""): log.write("firewall: it works again")
        case .waiting(let what): log.write("warning: firewall: waiting for \(what)")
        case .message(.notice, let text): log.write(text)
        case .message(.warning, let text): log.write("warning: \(text)")
        case .message(.error, let text): log.write("error: \(text)")
        }
    }

    private static func text(_ user: [UInt8]) -> String {
        LogBook.printable(String(decoding: user, as: UTF8.self))
    }
}
