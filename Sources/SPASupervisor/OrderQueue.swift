internal import SPASecret
internal import SPASystem

/// The orders to one child that have not gone out yet, in their order. None is left out: it goes, or its failure is told.
///
/// Orders may hold keys; each is wiped when it is gone.
struct OrderQueue {
    private var orders: [[UInt8]] = []
    private var outlet = MessageOutlet()

    /// How long a shortage may last.
    private static let patience: Int64 = 30_000_000_000

    var isEmpty: Bool { orders.isEmpty }

    /// When to try again, on the boot clock; nil where room in the connection says when.
    var nextTry: Int64? { outlet.nextTry }

    mutating func append(_ order: [UInt8]) { orders.append(order) }

    /// Wipes what is left.
    mutating func erase() {
        for index in orders.indices { Secret.wipe(&orders[index]) }
        orders = []
        outlet = MessageOutlet()
    }

    /// Sends what goes. `moment` is the boot clock's.
    ///
    /// - Throws: when an order cannot go out and waiting does not help.
    mutating func send(
        at moment: Int64, through transmit: (Span<UInt8>) throws(SystemError) -> MessageDeparture
    ) throws(OrderFailure) {
        while !orders.isEmpty {
            let size = orders[0].count
            let outcome: MessageOutlet.Outcome
            do {
                // Nobody else holds it when it is wiped: what is wiped would be a copy.
                let order = orders[0]
                outcome = outlet.send(at: moment) { () throws(SystemError) in try transmit(order.span) }
            }
            switch outcome {
            case .sent: break
            case .later:
                if let shortage = outlet.shortage, moment - shortage.start >= OrderQueue.patience {
                    throw OrderFailure(size: size, reason: shortage.reason)
                }
                return
            // A child that is gone is noticed when it is read from.
            case .closed: return erase()
            case .impossible(let error): throw OrderFailure(size: size, reason: error.reason)
            }
            Secret.wipe(&orders[0])
            orders.removeFirst()
        }
    }
}

/// An order that a child cannot be told. What it would do without it is not known, so both must end.
struct OrderFailure: Error, CustomStringConvertible {
    /// Bytes of the order.
    let size: Int
    let reason: String

    var description: String { "an order of \(size) bytes cannot be sent (\(reason))" }
}
