package import SPANet

/// Where a packet came from and went to, by its own IP header. Not authenticated: anybody can forge a UDP source.
package struct Arrival: Hashable, Sendable {
    package let source: IPAddress
    package let destination: IPAddress

    package init(source: IPAddress, destination: IPAddress) {
        (self.source, self.destination) = (source, destination)
    }
}
