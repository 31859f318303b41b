internal import SPAChannel
internal import SPANet
internal import SPASystem
internal import SPAWire

/// The words of the log. Shapes follow fwknopd's, because administrators' scripts match them; stanza, user, packet source
/// and granted address are always there.
enum LogLines {
    /// What is known of a packet that was accepted, from the worker.
    struct Knock {
        let stanza: UInt16
        let packetSource: IPAddress
        let user: String
    }

    static func accepted(_ knock: Knock) -> String {
        "(stanza #\(knock.stanza)) SPA Packet from IP: \(knock.packetSource) received with access source match"
            + " (user \(knock.user))"
    }

    static func granted(
        chain: String, source: IPAddress, service: Service, expires: Int64, stanza: UInt16, extended: Bool,
        prefix: UInt8? = nil, knock: Knock?
    ) -> String {
        let opened = prefix.flatMap { IPNetwork(source, prefixLength: Int($0)) } ?? IPNetwork(only: source)
        let who = knock.map { "user \($0.user), packet from \($0.packetSource)" } ?? "user unknown"
        return
            "Added access rule to \(chain) for \(opened) -> \(everywhere(source)) \(service), expires at \(expires)"
            + " (stanza #\(stanza), \(who)\(opened.isSingle ? "" : ", the prefix of \(source)")\(extended ? ", extends an open grant" : ""))"
    }

    /// Every address of this one's family.
    private static func everywhere(_ source: IPAddress) -> String {
        switch source {
        case .v4: "0.0.0.0/0"
        case .v6: "::/0"
        }
    }

    static func expired(chain: String, network: IPNetwork, service: Service, expires: Int64) -> String {
        "Removed rule \(network)->\(service) from \(chain) with expire time of \(expires)"
    }

    static func narrowed(
        chain: String, network: IPNetwork, address: IPAddress, service: Service, expires: Int64,
        cause: NarrowingCause
    ) -> String {
        let why =
            switch cause {
            case .connected: "which has connected"
            case .unseen: "which it was opened for: who connects could not be seen"
            }
        return
            "Narrowed rule \(network)->\(service) in \(chain) to \(address), \(why), with expire time of \(expires)"
    }

    static func refusedByHelper(
        source: IPAddress, service: Service, stanza: UInt16, reason: GrantRefusal, knock: Knock?
    ) -> String {
        let from = knock.map { "[\($0.packetSource)] " } ?? ""
        return "\(from)(stanza #\(stanza)) No access for \(source) to \(service): \(words(reason))"
            + (knock.map { " (user \($0.user))" } ?? "")
    }

    private static func words(_ reason: GrantRefusal) -> String {
        switch reason {
        case .unknownStanza: "the stanza is not in force"
        case .stanzaExpired: "the stanza has expired"
        case .serviceNotAllowed: "the stanza does not open this port"
        case .lifetimeTooLong: "longer than MAX_FW_TIMEOUT"
        case .addressNotAllowed: "no door is opened for such an address"
        case .tooManyGrants: "MAX_GRANTS are open already"
        case .tooManyPerMinute: "MAX_GRANTS_PER_MINUTE reached"
        case .destinationNotOurs:
            "the packet was sent to an address that is none of this host's; a DESTINATION line permits that"
        case .familyNotOpened: "no door is opened over IPv6 here"
        case .firewallFailed: "the firewall tool failed; nothing was opened"
        }
    }

    /// - Parameter requiredUser: the name that the stanza asks for.
    static func refused(
        _ reason: WorkerRefusal, stanza: UInt16, source: IPAddress, detail: RefusalDetail, user: String,
        requiredUser: String?
    ) -> String {
        let head = stanza == 0 ? "[\(source)]" : "[\(source)] (stanza #\(stanza))"
        let who = user.isEmpty ? "" : " (user \(user))"
        switch reason {
        case .noStanza: return "No access data found for source IP: \(source)"
        case .replay:
            return "Replay detected from source IP: \(source), Destination proto: \(detail.number); refused"
        case .notOpened: return "\(head) Non-corresponding HMAC: no stanza's keys open this packet"
        case .malformed: return "\(head) SPA packet with a valid HMAC is malformed"
        case .stale: return "\(head) SPA data time difference is too great (\(detail.number) seconds).\(who)"
        case .beforeFloor:
            return
                "\(head) SPA packet is dated at or before \(detail.number), up to when the replay store may have gaps\(who)"
        case .sourceAddressRequired: return "\(head) Got 0.0.0.0 when valid source IP was required.\(who)"
        case .addressNotGrantable:
            return "\(head) No door is opened for the address \(detail.address)\(who)"
        case .userMismatch:
            return
                "\(head) Username in SPA data (\(user)) does not match required username: \(requiredUser ?? "?")"
        case .kindNotServed where detail.number == 0:
            return "\(head) SPA Command messages are not allowed in the current configuration.\(who)"
        case .kindNotServed:
            return
                "(stanza #\(stanza)) SPA packet from \(source) requested NAT access, but is not enabled/supported\(who)"
        case .serviceDenied:
            return "\(head) One or more requested protocol/ports was denied per access.conf."
                + " (\(service(detail.number)))\(who)"
        case .stanzaExpired: return "\(head) Access stanza has expired\(who)"
        case .storeFailed:
            return
                "\(head) The replay store cannot be written (\(SystemError.text(Int32(clamping: detail.number)))): refused\(who)"
        case .clockWrong: return "\(head) The clock is plainly wrong: refused"
        case .garbage:
            let check = PacketError(rawValue: UInt8(clamping: detail.number))?.description ?? "?"
            return "\(head) No SPA packet (\(check)): refused"
        case .helperBusy: return "\(head) The helper takes no request: refused\(who)"
        }
    }

    private static func service(_ detail: Int64) -> String {
        guard let transport = Transport(rawValue: UInt8(truncatingIfNeeded: detail >> 16)),
            let service = Service(transport, port: UInt16(truncatingIfNeeded: detail))
        else { return "?" }
        return service.description
    }
}
