/// The message type as the digit on the wire says it; ``SPARequest`` and the timeout together express the same.
enum MessageType: UInt8 {
    case command = 0
    case access
    case nat
    case accessWithTimeout
    case natWithTimeout
    case localNAT
    case localNATWithTimeout

    /// Whether a NAT field follows the message.
    var hasTarget: Bool {
        switch self {
        case .nat, .natWithTimeout, .localNAT, .localNATWithTimeout: true
        case .command, .access, .accessWithTimeout: false
        }
    }

    /// Whether a client timeout is the last field before the digest.
    var hasTimeout: Bool {
        switch self {
        case .accessWithTimeout, .natWithTimeout, .localNATWithTimeout: true
        case .command, .access, .nat, .localNAT: false
        }
    }

    /// The type of a message; a command has no form with a timeout.
    init(_ request: SPARequest, hasTimeout: Bool) {
        self =
            switch request {
            case .command: .command
            case .access: hasTimeout ? .accessWithTimeout : .access
            case .natAccess: hasTimeout ? .natWithTimeout : .nat
            case .localNATAccess: hasTimeout ? .localNATWithTimeout : .localNAT
            }
    }
}
