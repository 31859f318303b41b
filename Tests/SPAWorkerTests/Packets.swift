import SPAKeys
import SPANet
import SPAPacket
import SPAPolicy
import SPAReplay
import SPASecret
import SPAWire
import SPAWorkerSettings
import Testing

@testable import SPAWorker

/// Stanzas, packets and verdicts for the tests of the judge.
enum Sample {
    static let now: Int64 = 1_795_244_710

    static func keys(_ number: UInt8, _ type: DigestType = .sha256) -> PacketKeys {
        let (encryption, hmac) = (
            [UInt8](repeating: number, count: 32), [UInt8](repeating: number ^ 0xFF, count: 64)
        )
        return PacketKeys(
            encryption: Secret(copying: encryption.span), hmac: Secret(copying: hmac.span), hmacType: type)
    }

    static func stanza(
        _ number: UInt16, keys: PacketKeys, _ change: (inout StanzaRules) throws -> Void = { _ in }
    ) throws -> WorkerStanza {
        var rules = StanzaRules(
            number: number, line: 1, sources: IPNetwork.any, openPorts: [try #require(Service("tcp/22"))])
        try change(&rules)
        return WorkerStanza(rules: rules, keys: keys)
    }

    static func packet(
        _ keys: PacketKeys, _ door: String = "tcp/22", at date: Int64 = now, user: String = "alice"
    ) throws -> [UInt8] {
        let message = SPAMessage(
            random: try SPAMessage.random16(), user: Array(user.utf8), timestamp: date,
            request: .access(
                AccessRequest(
                    address: try #require(IPAddress("198.51.100.9")),
                    services: [try #require(Service(door))])))
        return try PacketSealer.seal(message, keys: keys)
    }

    static func arrival(_ source: String = "203.0.113.2") throws -> Arrival {
        Arrival(
            source: try #require(IPAddress(source)), destination: try #require(IPAddress("203.0.113.1")))
    }

    /// The verdict in words: what, stanza, and `burns` where the packet is recorded.
    static func verdict(
        _ payload: [UInt8], _ stanzas: [WorkerStanza], from source: String = "203.0.113.2",
        memory: ReplayMemory = ReplayMemory(), now: Int64 = now
    ) throws -> String {
        let judge = try Judge(generation: 1, maximumAge: 120, stanzas: stanzas)
        switch judge.verdict(on: payload.span, from: try arrival(source), memory: memory, now: now) {
        case .garbage: return "garbage"
        case .permitted(let decision, let user, _):
            return "permitted #\(decision.stanza) \(String(decoding: user, as: UTF8.self))"
        case .refused(let reason, let stanza, _, _, let record):
            return "\(reason) #\(stanza)" + (record == nil ? "" : " burns")
        }
    }
}
