package import SPABytes
package import SPANet

/// ``ByteReader`` with the fields that our messages share, in the channel's own error type.
package struct ChannelReader: ~Copyable, ~Escapable {
    private var reader: ByteReader

    @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>) { reader = ByteReader(bytes) }

    package var remaining: Int { reader.remaining }

    package mutating func integer<T: FixedWidthInteger & UnsignedInteger>(
        _: T.Type = T.self
    ) throws(ChannelError) -> T {
        do { return try reader.integer(T.self) } catch { throw .malformed(error) }
    }

    package mutating func signed() throws(ChannelError) -> Int64 {
        do { return try reader.signed() } catch { throw .malformed(error) }
    }

    package mutating func array(_ count: Int) throws(ChannelError) -> [UInt8] {
        do { return try reader.array(count) } catch { throw .malformed(error) }
    }

    package mutating func flag(_ name: String) throws(ChannelError) -> Bool {
        switch try integer(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw .badField(name)
        }
    }

    /// Family (4 or 6) and 16 bytes; IPv4 fills the last four.
    package mutating func address() throws(ChannelError) -> IPAddress {
        let family = try integer(UInt8.self)
        let high = try integer(UInt64.self)
        let low = try integer(UInt64.self)
        switch family {
        case 4:
            guard high == 0, let bits = UInt32(exactly: low) else { throw .badField("address") }
            return .v4(IPv4Address(bits: bits))
        case 6: return .v6(IPv6Address(high: high, low: low))
        default: throw .badField("address family")
        }
    }

    package mutating func service() throws(ChannelError) -> Service {
        guard let transport = Transport(rawValue: try integer()) else { throw .badField("transport") }
        guard let service = Service(transport, port: try integer()) else { throw .badField("port") }
        return service
    }

    /// An address and the length of its prefix; no bit behind that is set.
    package mutating func network() throws(ChannelError) -> IPNetwork {
        let base = try address()
        guard let network = IPNetwork(base, prefixLength: Int(try integer(UInt8.self))), network.base == base
        else { throw .badField("network") }
        return network
    }

    /// A count (16 bits), then each network.
    package mutating func networks() throws(ChannelError) -> [IPNetwork] {
        var networks: [IPNetwork] = []
        for _ in 0..<(try integer(UInt16.self)) { networks.append(try network()) }
        return networks
    }

    /// A text of at most `limit` bytes behind its 16-bit length.
    package mutating func text(limit: Int) throws(ChannelError) -> String {
        let count = Int(try integer(UInt16.self))
        guard count <= limit else { throw .badField("text length") }
        return String(decoding: try array(count), as: UTF8.self)
    }

    package consuming func finish() throws(ChannelError) {
        do { try reader.finish() } catch { throw .malformed(error) }
    }
}

extension ByteWriter {
    package mutating func flag(_ value: Bool) { integer(UInt8(value ? 1 : 0)) }

    package mutating func address(_ address: IPAddress) {
        switch address {
        case .v4(let v4):
            integer(UInt8(4))
            integer(UInt64(0))
            integer(UInt64(v4.bits))
        case .v6(let v6):
            integer(UInt8(6))
            integer(v6.high)
            integer(v6.low)
        }
    }

    package mutating func network(_ network: IPNetwork) {
        address(network.base)
        integer(UInt8(clamping: network.prefixLength))
    }

    /// A count (16 bits), then each network; the configuration bounds the number far below 65535.
    package mutating func networks(_ networks: [IPNetwork]) {
        integer(UInt16(clamping: networks.count))
        for each in networks.prefix(Int(UInt16.max)) { network(each) }
    }

    package mutating func service(_ service: Service) {
        integer(service.transport.rawValue)
        integer(service.port)
    }

    /// A text behind its 16-bit length; longer texts are cut at 65535 bytes.
    package mutating func text(_ text: String) {
        let bytes = Array(text.utf8.prefix(Int(UInt16.max)))
        integer(UInt16(bytes.count))
        append(bytes)
    }
}
