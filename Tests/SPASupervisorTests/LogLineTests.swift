import SPAChannel
import SPANet
import Testing

@testable import SPASupervisor

@Suite struct LogShapes {
    private let source = IPAddress.v4(IPv4Address(bits: 0xCB00_7102))
    private let allowed = IPAddress.v4(IPv4Address(bits: 0xC633_6409))
    private var knock: LogLines.Knock { .init(stanza: 3, packetSource: source, user: "alice") }

    private func service() throws -> Service { try #require(Service("tcp/22")) }

    @Test func anAcceptedPacket() {
        #expect(
            LogLines.accepted(knock)
                == "(stanza #3) SPA Packet from IP: 203.0.113.2 received with access source match (user alice)"
        )
    }

    @Test func aGrant() throws {
        let line = LogLines.granted(
            chain: "FWKNOP_INPUT", source: allowed, service: try service(), expires: 77, stanza: 3,
            extended: false,
            knock: knock)
        #expect(
            line == "Added access rule to FWKNOP_INPUT for 198.51.100.9 -> 0.0.0.0/0 tcp/22, expires at 77"
                + " (stanza #3, user alice, packet from 203.0.113.2)")
        let extended = LogLines.granted(
            chain: "C", source: allowed, service: try service(), expires: 77, stanza: 3, extended: true,
            knock: nil)
        #expect(extended.hasSuffix("(stanza #3, user unknown, extends an open grant)"))
    }

    @Test func aGrantOverIPv6() throws {
        let line = LogLines.granted(
            chain: "C", source: try #require(IPAddress("2001:db8::2")), service: try service(), expires: 77,
            stanza: 3, extended: false, knock: nil)
        #expect(line.hasPrefix("Added access rule to C for 2001:db8::2 -> ::/0 tcp/22, expires at 77 "))
    }

    @Test func anEndOfAGrant() throws {
        #expect(
            LogLines.expired(
                chain: "C", network: IPNetwork(only: allowed), service: try service(), expires: 77)
                == "Removed rule 198.51.100.9->tcp/22 from C with expire time of 77")
    }

    @Test func aPrefix() throws {
        let network = try #require(IPNetwork(allowed, prefixLength: 24))
        let line = LogLines.granted(
            chain: "C", source: allowed, service: try service(), expires: 77, stanza: 3, extended: false,
            prefix: 24, knock: knock)
        #expect(
            line == "Added access rule to C for 198.51.100.0/24 -> 0.0.0.0/0 tcp/22, expires at 77"
                + " (stanza #3, user alice, packet from 203.0.113.2, the prefix of 198.51.100.9)")
        #expect(
            LogLines.expired(chain: "C", network: network, service: try service(), expires: 77)
                == "Removed rule 198.51.100.0/24->tcp/22 from C with expire time of 77")
        #expect(
            LogLines.narrowed(
                chain: "C", network: network, address: allowed, service: try service(), expires: 77,
                cause: .connected)
                == "Narrowed rule 198.51.100.0/24->tcp/22 in C to 198.51.100.9, which has connected, with expire time"
                + " of 77")
    }

    @Test("Each reason of the helper has words of its own")
    func helper() throws {
        let lines = try GrantRefusal.allCases.map {
            LogLines.refusedByHelper(
                source: allowed, service: try service(), stanza: 3, reason: $0, knock: knock)
        }
        #expect(Set(lines).count == GrantRefusal.allCases.count)
        for line in lines {
            #expect(line.hasPrefix("[203.0.113.2] (stanza #3) No access for 198.51.100.9 to tcp/22: "))
            #expect(line.hasSuffix(" (user alice)"))
        }
        let unknown = LogLines.refusedByHelper(
            source: allowed, service: try service(), stanza: 3, reason: .firewallFailed, knock: nil)
        #expect(
            unknown
                == "(stanza #3) No access for 198.51.100.9 to tcp/22: the firewall tool failed; nothing was opened"
        )
    }

    /// The words that fwknopd uses, which scripts look for.
    static let shapes: [(reason: WorkerRefusal, detail: Int64, part: String)] = [
        (.noStanza, 0, "No access data found for source IP: 203.0.113.2"),
        (.replay, 0, "Replay detected from source IP: 203.0.113.2"),
        (.notOpened, 0, "[203.0.113.2] (stanza #3) Non-corresponding HMAC"),
        (.malformed, 0, "SPA packet with a valid HMAC is malformed"),
        (.stale, 121, "SPA data time difference is too great (121 seconds). (user bob)"),
        (.beforeFloor, 99, "dated at or before 99"),
        (.sourceAddressRequired, 0, "Got 0.0.0.0 when valid source IP"),
        (.addressNotGrantable, 0xE000_0001, "No door is opened for the address 224.0.0.1"),
        (.userMismatch, 0, "Username in SPA data (bob) does not match required username: alice"),
        (.kindNotServed, 0, "SPA Command messages are not allowed"),
        (.kindNotServed, 2, "(stanza #3) SPA packet from 203.0.113.2 requested NAT access"),
        (
            .serviceDenied, 6 << 16 | 23,
            "One or more requested protocol/ports was denied per access.conf. (tcp/23)"
        ),
        (.serviceDenied, 17 << 16 | 53, "(udp/53)"), (.serviceDenied, -1, "(?)"),
        (.serviceDenied, .max, "(?)"),
        (.stanzaExpired, 0, "Access stanza has expired (user bob)"),
        (.storeFailed, 28, "The replay store cannot be written (No space left on device)"),
        (.clockWrong, 0, "The clock is plainly wrong"),
        (.helperBusy, 0, "The helper takes no request"),
        (.garbage, 2, "No SPA packet (byte that is not base64)"),
        (.garbage, .max, "No SPA packet (?)"),
    ]

    @Test("A refused packet", arguments: shapes)
    func refused(_ reason: WorkerRefusal, _ detail: Int64, _ part: String) {
        let line = LogLines.refused(
            reason, stanza: 3, source: source,
            detail: RefusalDetail(
                number: detail, address: .v4(IPv4Address(bits: UInt32(truncatingIfNeeded: detail)))),
            user: "bob", requiredUser: "alice")
        #expect(line.contains(part))
        #expect(line.contains("203.0.113.2"))
    }

    @Test func everyReasonHasALine() {
        #expect(Set(LogShapes.shapes.map(\.reason)) == Set(WorkerRefusal.allCases))
        // Without a stanza and a user nothing is made up.
        let line = LogLines.refused(
            .notOpened, stanza: 0, source: source, detail: RefusalDetail(), user: "", requiredUser: nil)
        #expect(line.hasPrefix("[203.0.113.2] Non-corresponding HMAC"))
        #expect(!line.contains("user "))
    }
}
