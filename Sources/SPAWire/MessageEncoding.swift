internal import SPABytes
internal import SPANet

extension SPAMessage {
    /// The fields as text, up to where the colon and the digest follow.
    ///
    /// Nothing is checked here. The text of a value that breaks a rule does not read back as that value, which is how the
    /// sealer finds out.
    package var encodedFields: [UInt8] {
        let type = MessageType(request, hasTimeout: clientTimeout != nil)
        var fields = [
            random, Base64.encodeUnpadded(user.span), Array(String(timestamp).utf8), version,
            Array(String(type.rawValue).utf8), Base64.encodeUnpadded(request.encodedBody.span),
        ]
        if let target = request.target {
            fields.append(Base64.encodeUnpadded(target.encoded.span))
        }
        if let serverAuth { fields.append(Base64.encodeUnpadded(serverAuth.span)) }
        if type.hasTimeout, let clientTimeout { fields.append(Array(String(clientTimeout).utf8)) }
        return Array(fields.joined(separator: [UInt8(ascii: ":")]))
    }
}

extension SPARequest {
    /// The NAT target, where the request has one.
    package var target: NATTarget? {
        switch self {
        case .command, .access: nil
        case .natAccess(_, let target), .localNATAccess(_, let target): target
        }
    }

    /// The message field in clear: the address, then the services or the command, with commas between.
    package var encodedBody: [UInt8] {
        switch self {
        case .command(let address, let text): Array("\(address),".utf8) + text
        case .access(let access), .natAccess(let access, _), .localNATAccess(let access, _):
            Array("\(access.address),\(access.services.map(\.description).joined(separator: ","))".utf8)
        }
    }
}

extension NATTarget {
    /// The NAT field in clear: `host,port`.
    package var encoded: [UInt8] { host + Array(",\(port)".utf8) }
}
