package import SPANet

/// Where a packet came from and went to, by its own IP header. Not authenticated: anybody can forge a UDP source.
package struct Arrival: Hashable, Sendable {
    package let source: IPv4Address
    package let destination: IPv4Address

    package init(source: IPv4Address, destination: IPv4Address) {
        (self.source, self.destination) = (source, destination)
    }
}
