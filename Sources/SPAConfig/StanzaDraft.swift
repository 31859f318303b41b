internal import SPANet
internal import SPAPolicy
internal import SPASecret
internal import SPAWire

/// One stanza of `access.conf` while its lines are read.
struct StanzaDraft {
    /// Where its SOURCE line stands.
    let line: Int
    var sources: [IPNetwork] = []
    var destinations: [IPNetwork] = []
    var openPorts: Set<Service>?
    var restrictPorts: Set<Service> = []
    var user: [UInt8]?
    var requiresSourceAddress = false
    var accessTimeout: Lifetime?
    var maximumTimeout: Lifetime?
    var expiresAt: Int64?
    /// Lengths of prefixes, in the ranges of ``GrantWidth``.
    var grantPrefix = GrantWidth.single.v4
    var grantPrefix6 = GrantWidth.single.v6
    var encryption: Secret?
    var mode = EncryptionMode.cbc
    var hmac: Secret?
    var hmacType = DigestType.sha256
    /// Where each name was last met, and as what.
    var seen: [AccessName: (name: AccessName, line: Int)] = [:]
    /// A line of it is wrong already: what is missing may be what that line was to say.
    var isBroken = false

    init(line: Int) { self.line = line }
}
