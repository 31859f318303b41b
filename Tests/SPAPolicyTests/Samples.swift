import SPANet
import SPAPolicy
import SPAWire
import Testing

/// Values that the tests of this module vary.
enum Sample {
    static let now: Int64 = 1_790_000_000

    static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    static func service(_ text: String) throws -> Service { try #require(Service(text)) }

    static func services(_ texts: [String]) throws -> [Service] { try texts.map(service) }

    static func seconds(_ count: UInt32) throws -> Lifetime { try #require(Lifetime(seconds: count)) }

    static func network(_ text: String) throws -> IPNetwork {
        let bytes = Array(text.utf8)
        let network = IPNetwork(parsing: bytes.span)
        return try #require(network)
    }

    static func arrival(_ source: String = "203.0.113.2", to destination: String = "203.0.113.1") throws
        -> Arrival
    {
        Arrival(source: try address(source), destination: try address(destination))
    }

    static func rules() -> StanzaRules { StanzaRules(number: 7, line: 1, sources: IPNetwork.any) }

    static func message(
        allow: String = "198.51.100.9", _ doors: [String] = ["tcp/22"], at timestamp: Int64 = now,
        timeout: UInt32? = nil
    ) throws -> SPAMessage {
        SPAMessage(
            random: Array("0123456789012345".utf8), user: Array("alice".utf8), timestamp: timestamp,
            request: .access(AccessRequest(address: try address(allow), services: try services(doors))),
            clientTimeout: timeout)
    }
}
