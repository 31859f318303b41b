package import SPAConfig
package import SPANet

/// Where an address came from, by name.
package enum AddressSource: Hashable, Sendable, CustomStringConvertible {
    /// Remembered from an earlier run in this network.
    case cache
    /// `host:port` of a STUN server.
    case stun(String)
    case page(WebAddress)
    case dns(AddressDNS)
    /// A program, by name or path.
    case command(String)

    /// Whether what it says may be remembered for stanzas that ask the same kind of source.
    var isSharable: Bool {
        switch self {
        case .stun, .dns: true
        case .page(let page): page.isSecure
        case .cache, .command: false
        }
    }

    /// Whether it is asked in datagrams.
    var isOverUDP: Bool {
        switch self {
        case .stun, .dns: true
        case .cache, .page, .command: false
        }
    }

    package var description: String {
        switch self {
        case .cache: "cache"
        case .stun(let server): "STUN \(server)"
        case .page(let page): "\(page)"
        case .dns(let question): "DNS \(question)"
        case .command(let program): "command \(program)"
        }
    }
}

/// What one source said about our public address, and how long it took.
package struct AddressFinding: Hashable, Sendable, CustomStringConvertible {
    package enum Outcome: Hashable, Sendable {
        case address(IPv4Address)
        /// An answer that cannot be true, or that tells no address: why.
        case useless(String)
        /// Asked, and not answered.
        case silent
        /// Not asked, or cut off: why.
        case failed(String)
    }

    package let source: AddressSource
    package let outcome: Outcome
    /// From the moment when the source was first asked.
    package let milliseconds: Int64
    /// The clock of the one that answered, in seconds since 1970; pages tell.
    package let serverDate: Int64?

    /// Whether it answered at all, be it what cannot be true; nil where the question did not come to an answer or to silence.
    var hasAnswered: Bool? {
        switch outcome {
        case .address, .useless: true
        case .silent: false
        case .failed: nil
        }
    }

    package init(
        _ source: AddressSource, _ outcome: Outcome, milliseconds: Int64, serverDate: Int64? = nil
    ) {
        (self.source, self.outcome) = (source, outcome)
        (self.milliseconds, self.serverDate) = (milliseconds, serverDate)
    }

    package var description: String {
        switch outcome {
        case .address(let address): "\(source): \(address), \(milliseconds) ms"
        case .useless(let reason), .failed(let reason): "\(source): \(reason), \(milliseconds) ms"
        case .silent: "\(source): no answer, \(milliseconds) ms"
        }
    }
}
