import Foundation
import SPAKeys
import SPASecret
import SPAWire
import Testing

/// One packet of the vector files, which were made with and judged by fwknop 2.6.10.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    struct Expectation: Decodable, Sendable {
        let randVal: String
        let username: String
        let timestamp: Int64
        let version: String
        let messageType: Int
        let message: String
        let natAccess: String?
        let serverAuth: String?
        let clientTimeout: UInt32
        let digestType: String
        let digest: String
    }

    let id: String
    let name: String
    let encKeyB64: String
    let hmacKeyB64: String?
    let hmacType: String
    let encMode: String
    let packet: String?
    let packetB64: String?
    let expect: Expectation?
    let plaintext: String?
    let replayDigest: String?
    let stage: String?
    let strictCheck: String?
    let recommended: String?

    var testDescription: String { "\(id) \(name)" }

    /// The datagram.
    var wire: [UInt8] {
        if let packet { return Array(packet.utf8) }
        return Vector.bytes(packetB64 ?? "")
    }

    /// The keys of the receiver.
    func keys() throws -> PacketKeys {
        var encryption = Vector.bytes(encKeyB64)
        let mode = try #require(EncryptionMode(word: encMode))
        let secret = Secret(taking: &encryption)
        guard let hmacKeyB64 else { return PacketKeys(encryption: secret, mode: mode, hmac: nil) }
        var hmac = Vector.bytes(hmacKeyB64)
        let type = try #require(DigestType(word: hmacType))
        return PacketKeys(encryption: secret, mode: mode, hmac: Secret(taking: &hmac), hmacType: type)
    }

    private static func bytes(_ base64: String) -> [UInt8] { Array(Data(base64Encoded: base64) ?? Data()) }
}

/// The vector files: the folder in `SALLYPORT_VECTORS`, or the bundled copies.
enum VectorFile {
    private struct Content: Decodable {
        let count: Int
        let vectors: [Vector]
    }

    static let good = load("fwknop-packets")
    static let bad = load("fwknop-packets-bad")
    static let lenient = load("fwknop-packets-lenient")

    /// Empty when the file cannot be read or is not whole; a test refuses that.
    private static func load(_ name: String) -> [Vector] {
        let folder =
            ProcessInfo.processInfo.environment["SALLYPORT_VECTORS"].map { URL(fileURLWithPath: $0) }
            ?? Bundle.module.bundleURL.appendingPathComponent("Vectors")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let data = try? Data(contentsOf: folder.appendingPathComponent("\(name).json")),
            let content = try? decoder.decode(Content.self, from: data),
            content.vectors.count == content.count
        else { return [] }
        return content.vectors
    }
}
