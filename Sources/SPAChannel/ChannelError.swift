package import SPABytes

/// A message that the protocol between our processes does not know. Whoever receives one ends.
package enum ChannelError: Error, Equatable, Sendable {
    case malformed(ByteError)
    case unknownTag(UInt8)
    case badField(String)
}
