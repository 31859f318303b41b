internal import SPABytes

/// Whether packets are captured, as the helper sees the interfaces.
package enum CaptureState: Hashable, Sendable {
    /// No interface has the configured name, and none that had it is left.
    case missing
    /// The interface, by the name that it has now, is down.
    case down(String)
    /// The interface, by the name that it has now, is up: packets are captured.
    case up(String)

    /// Longest name of an interface (IFNAMSIZ, netdevice(7)), in bytes.
    package static let nameLimit = 15
}

extension ByteWriter {
    mutating func captureState(_ state: CaptureState) {
        switch state {
        case .missing: integer(UInt8(0))
        case .down(let name):
            integer(UInt8(1))
            text(name)
        case .up(let name):
            integer(UInt8(2))
            text(name)
        }
    }
}

extension ChannelReader {
    mutating func captureState() throws(ChannelError) -> CaptureState {
        switch try integer(UInt8.self) {
        case 0: return .missing
        case 1: return .down(try text(limit: CaptureState.nameLimit))
        case 2: return .up(try text(limit: CaptureState.nameLimit))
        default: throw .badField("capture state")
        }
    }
}
