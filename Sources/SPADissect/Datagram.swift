package import SPANet

/// A UDP datagram inside a captured frame.
package struct Datagram: Equatable, Sendable {
    package let source: IPAddress, destination: IPAddress
    package let sourcePort: UInt16, destinationPort: UInt16
    /// Where the payload stands in the frame.
    package let payload: Range<Int>

    package init(
        source: IPAddress, destination: IPAddress, sourcePort: UInt16, destinationPort: UInt16,
        payload: Range<Int>
    ) {
        self.source = source
        self.destination = destination
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.payload = payload
    }
}
