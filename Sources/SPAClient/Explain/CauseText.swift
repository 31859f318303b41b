internal import SPASystem

extension Cause: CustomStringConvertible {
    /// `what may be wrong; what to do`, in one line.
    package var description: String {
        switch self {
        case .clock(let lead, let source, let timeOffset):
            let side = lead < 0 ? "behind" : "ahead of"
            let part = timeOffset == 0 ? "" : ", TIME_OFFSET of \(timeOffset) s included"
            let cure = timeOffset == 0 ? "set the clock of this machine" : "mend TIME_OFFSET or the clock"
            return
                "the clock: packets are dated \(CauseText.duration(lead)) \(side) the time of \(source)\(part), "
                + "and servers refuse what is 120 s off; \(cure)"
        case .clockUnknown(let timeOffset):
            let part = timeOffset == 0 ? "" : ", with TIME_OFFSET of \(timeOffset) s"
            return "the clock: nobody told the time to compare it with\(part); compare date -u here and there"
        case .clocksDiffer(let one, let other, let lead):
            return
                "the clock: \(other.source) is \(CauseText.duration(lead)) \(lead < 0 ? "behind" : "ahead of") "
                + "\(one.source), so one of them is wrong, and ours may be as well; ask another NTP_SERVER"
        case .wrongAddress(let asked, let witness):
            return
                "the allowed address: the door was to open for \(asked), and \(witness.source) knows us as "
                + "\(witness.address); mend ALLOW_IP or -a, or leave it out"
        case .witnessesDiffer(let one, let other):
            return
                "the allowed address: \(one.source) knows us as \(one.address), and \(other.source) as "
                + "\(other.address), so one is wrong or there is more than one way out; set ALLOW_IP, or to source"
        case .addressUnknown(let asked):
            return
                "the allowed address: nobody confirmed that the server sees us as \(asked); try -s, or set ALLOW_IP"
        case .noHMAC:
            return "the keys: there is no HMAC key, and spad refuses packets without one; add HMAC_KEY_BASE64"
        case .keys:
            return
                "the keys: KEY, HMAC_KEY or one of their types differ from the server's; compare both files, and look for "
                + "Non-corresponding HMAC in its log"
        case .portNotGranted(let services):
            return
                "the rules: the server's stanza does not permit \(services) to this user and address; look for denied in "
                + "its log, and at OPEN_PORTS, SOURCE and REQUIRE_USERNAME"
        case .udpBlocked:
            return "this network: nobody answers over UDP, so knocks may be blocked; try from another network"
        case .knockFailed(let failure): return CauseText.failed(failure)
        case .knockLost(let server, let carriers):
            guard !carriers.contains(where: \.needsConnection) else {
                return
                    "the way: what took the knock at \(server) is no fwknopd, or does not hand it on; look into its log, and "
                    + "whether ENABLE_TCP_SERVER or ENABLE_SPA_OVER_HTTP is set there"
            }
            let reasons = carriers.map { carrier in
                if case .syn = carrier {
                    "a SYN that carries data is dropped or emptied on the way or ENABLE_SYN_KNOCK is N there"
                } else {
                    "UDP is blocked"
                }
            }
            return
                "the way: no knock arrives at \(server), since \(reasons.joined(separator: " and ")) or SPA_SERVER or its "
                + "port is wrong; look whether the server's log is empty, and run tcpdump there"
        case .serverDown:
            return "the server: spad does not run, or its own clock is wrong; look into its log"
        case .firewallBefore(let port):
            return
                "a firewall in front: the door opens, and something before it drops port \(port); look for Added access "
                + "rule in the log, and at provider and router"
        case .serviceDown(let port):
            return "the service: nothing takes connections on port \(port) there; start it, or mend the port"
        case .rejected(let reason):
            return
                "a firewall or router: it answers \(reason) instead of dropping; the knock was not accepted, or it stands in "
                + "front of the server"
        case .noRoute:
            return
                "the network: there is no way to the server from here; check address, cable, VPN and routes"
        case .name:
            return "the name: it has no address here; check its spelling, the resolver and the network"
        case .nobodyTellsOurAddress:
            return
                "the network: no source tells our address, and the lines above say why; set ALLOW_IP to it, or to source"
        }
    }
}

/// Small pieces of text.
enum CauseText {
    /// What became of a packet, and what to do.
    static func failed(_ failure: KnockFailure) -> String {
        let port = failure.server.port
        let what =
            "the knock: it went by \(failure.carrier) to port \(port) of \(failure.server.address): \(failure.error.reason)"
        guard failure.carrier.needsConnection else {
            return
                "\(what); look at this machine's own firewall and routes, or choose another SPA_SERVER_PROTO"
        }
        switch failure.error.code {
        case ErrorCode.connectionRefused:
            return
                "\(what); nothing takes knocks over a connection there: mend SPA_SERVER_PORT, start fwknopd's TCP server, or "
                + "choose another SPA_SERVER_PROTO"
        default:
            return
                "\(what); something drops connections to it: mend SPA_SERVER_PORT, let port \(port) through there, or choose "
                + "another SPA_SERVER_PROTO"
        }
    }

    /// `4 h 5 min`, `2 min 3 s`, `1.250 s`, without a sign. From milliseconds.
    static func duration(_ milliseconds: Int64) -> String {
        let all = milliseconds.magnitude
        let seconds = all / 1000
        switch seconds {
        case ..<60: return "\(seconds).\(String(1000 + all % 1000).dropFirst()) s"
        case ..<3600: return "\(seconds / 60) min \(seconds % 60) s"
        case ..<172_800: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
        default: return "\(seconds / 86_400) days"
        }
    }
}
