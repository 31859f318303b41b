package import SPANet

/// What may hold a packet inside a captured frame: a UDP datagram, or a SYN that carries data.
package struct Datagram: Equatable, Sendable {
    package let source: IPAddress, destination: IPAddress
    package let transport: Transport
    package let sourcePort: UInt16, destinationPort: UInt16
    /// Where the payload stands in the frame.
    package let payload: Range<Int>

    package init(
        source: IPAddress, destination: IPAddress, transport: Transport, sourcePort: UInt16,
        destinationPort: UInt16, payload: Range<Int>
    ) {
        self.source = source
        self.destination = destination
        self.transport = transport
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.payload = payload
    }
}
