package import SPANet

/// Where a packet came from and went to, by its own IP header. Not authenticated: anybody can forge the source
/// of a datagram, and of a SYN.
package struct Arrival: Hashable, Sendable {
    package let source: IPAddress
    package let destination: IPAddress
    /// What carried it: UDP, or the SYN of a TCP connection that never is one.
    package let transport: Transport

    package init(source: IPAddress, destination: IPAddress, transport: Transport = .udp) {
        (self.source, self.destination, self.transport) = (source, destination, transport)
    }
}
