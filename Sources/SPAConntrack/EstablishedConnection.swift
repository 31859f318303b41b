package import SPANet

/// A connection to this host that both sides have just agreed upon.
///
/// Over TCP: the handshake is complete. The kernel has seen the last acknowledgement, which needs a number that only the
/// answer to the SYN carried; a forged SYN does not get as far. That acknowledgement may be the first side's end at the same
/// time. Over UDP, which has no handshake: the service has answered.
package struct EstablishedConnection: Hashable, Sendable {
    /// Where it comes from.
    package let source: IPAddress
    /// What it goes to, as the filter table sees it: behind a redirection.
    package let service: Service

    package init(source: IPAddress, service: Service) { (self.source, self.service) = (source, service) }

    /// Attributes and their contents (linux/netfilter/nfnetlink_conntrack.h, nf_conntrack_common.h, nf_conntrack_tcp.h).
    enum Attribute {
        static let originalTuple: UInt16 = 1, replyTuple: UInt16 = 2, status: UInt16 = 3,
            protocolState: UInt16 = 4
        /// Of a tuple.
        static let addresses: UInt16 = 1, ports: UInt16 = 2
        /// Of its addresses.
        static let source4: UInt16 = 1, source6: UInt16 = 3
        /// Of its ports.
        static let transport: UInt16 = 1, sourcePort: UInt16 = 2
        /// Of the protocol's state.
        static let tcp: UInt16 = 1, tcpState: UInt16 = 1, tcpFlags: UInt16 = 4
    }

    enum Status {
        static let hasReply: UInt32 = 2, isAssured: UInt32 = 4
        /// TCP_CONNTRACK_ESTABLISHED
        static let established: UInt8 = 3
        /// TCP_CONNTRACK_FIN_WAIT: a side has said that it is done.
        static let ending: UInt8 = 4
        /// IP_CT_TCP_FLAG_BE_LIBERAL in the first of two bytes: it was picked up in its middle, so that it is older than it looks.
        static let pickedUp: UInt16 = 0x0800
    }

    /// AF_INET, AF_INET6
    enum Family { static let v4: UInt8 = 2, v6: UInt8 = 10 }

    /// Reads one message about a connection that has changed; nil where it tells of anything but a connection that has just
    /// come up.
    ///
    /// - Throws: ``ConntrackError`` for a message that the kernel would not have made, and for one that lacks what is needed.
    package static func read(_ bytes: Span<UInt8>) throws(ConntrackError) -> EstablishedConnection? {
        guard let message = try ConntrackMessage(bytes) else { return nil }
        guard message.family == Family.v4 || message.family == Family.v6 else { return nil }
        guard
            let number = try message.number(
                UInt8.self, at: [Attribute.replyTuple, Attribute.ports, Attribute.transport])
        else { throw .malformed }
        guard let transport = Transport(rawValue: number) else { return nil }
        guard let status = try message.number(UInt32.self, at: [Attribute.status]) else { throw .malformed }
        guard try hasJustComeUp(message, transport, status) else { return nil }
        // What was redirected to another port is filtered by that one: it is the one that answers.
        guard
            let port = try message.number(
                UInt16.self, at: [Attribute.replyTuple, Attribute.ports, Attribute.sourcePort]),
            let source = try source(of: message)
        else { throw .malformed }
        guard let service = Service(transport, port: port) else { return nil }
        return EstablishedConnection(source: source, service: service)
    }

    /// A later change of the same connection carries the same status: it must not be taken for the beginning.
    private static func hasJustComeUp(
        _ message: borrowing ConntrackMessage, _ transport: Transport, _ status: UInt32
    ) throws(ConntrackError) -> Bool {
        switch transport {
        case .tcp:
            // The state is told when it has changed.
            guard status & Status.hasReply != 0,
                let state = try message.number(
                    UInt8.self, at: [Attribute.protocolState, Attribute.tcp, Attribute.tcpState])
            else { return false }
            // A connection becomes this once.
            if status & Status.isAssured != 0 { return state == Status.established }
            // One that goes from the SYN to an end at once is never called assured.
            let flags = try message.number(
                UInt16.self, at: [Attribute.protocolState, Attribute.tcp, Attribute.tcpFlags])
            return state == Status.ending && (flags ?? 0) & Status.pickedUp == 0
        case .udp:
            // From the third datagram on it is assured as well.
            return status & Status.hasReply != 0 && status & Status.isAssured == 0
        }
    }

    private static func source(of message: borrowing ConntrackMessage) throws(ConntrackError) -> IPAddress? {
        let path = [Attribute.originalTuple, Attribute.addresses]
        if message.family == Family.v4 {
            let bits = try message.number(UInt32.self, at: path + [Attribute.source4])
            return bits.map { .v4(IPv4Address(bits: $0)) }
        }
        guard let bytes = try message.contents(at: path + [Attribute.source6]) else { return nil }
        guard let address = IPv6Address(bytes: bytes) else { throw .malformed }
        return .v6(address)
    }
}
