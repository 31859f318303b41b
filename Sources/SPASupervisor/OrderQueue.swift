internal import SPASecret
internal import SPASystem

/// The orders to one child that have not gone out yet, in their order. None is left out: it goes, or its failure is told.
///
/// Orders may hold keys; each is wiped when it is gone.
struct OrderQueue {
    private var orders: [[UInt8]] = []
    private var shortage: Shortage?

    /// The kernel has no memory for a message: no event tells when it has some, so it is asked again.
    private struct Shortage {
        let start: Int64
        var due: Int64
        var pause: Int64
    }

    /// First and longest distance between two tries, in nanoseconds.
    private static let shortest: Int64 = 10_000_000, longest: Int64 = 1_000_000_000
    /// How long a shortage may last.
    private static let patience: Int64 = 30_000_000_000

    var isEmpty: Bool { orders.isEmpty }

    /// When to try again, on the boot clock; nil where room in the connection says when.
    var nextTry: Int64? { shortage?.due }

    mutating func append(_ order: [UInt8]) { orders.append(order) }

    /// Wipes what is left.
    mutating func erase() {
        for index in orders.indices { Secret.wipe(&orders[index]) }
        orders = []
        shortage = nil
    }

    /// Sends what goes. `moment` is the boot clock's.
    ///
    /// - Throws: when an order cannot go out and waiting does not help.
    mutating func send(
        at moment: Int64, through transmit: (Span<UInt8>) throws(SystemError) -> MessageDeparture
    ) throws(OrderFailure) {
        if let due = shortage?.due, moment < due { return }
        while !orders.isEmpty {
            let size = orders[0].count
            do throws(SystemError) {
                // Nobody else holds it when it is wiped: what is wiped would be a copy.
                let order = orders[0]
                let departure = try transmit(order.span)
                shortage = nil
                switch departure {
                case .sent: break
                case .wouldBlock: return
                // A child that is gone is noticed when it is read from.
                case .closed: return erase()
                }
            } catch {
                guard error.code == ErrorCode.noBuffers || error.code == ErrorCode.noMemory,
                    wait(at: moment)
                else { throw OrderFailure(size: size, reason: error.reason) }
                return
            }
            Secret.wipe(&orders[0])
            orders.removeFirst()
        }
    }

    /// Whether the shortage is young enough to wait on.
    private mutating func wait(at moment: Int64) -> Bool {
        guard let before = shortage else {
            shortage = Shortage(
                start: moment, due: moment + OrderQueue.shortest, pause: OrderQueue.shortest)
            return true
        }
        let pause = min(before.pause * 2, OrderQueue.longest)
        shortage = Shortage(start: before.start, due: moment + pause, pause: pause)
        return moment - before.start < OrderQueue.patience
    }
}

/// An order that a child cannot be told. What it would do without it is not known, so both must end.
struct OrderFailure: Error, CustomStringConvertible {
    /// Bytes of the order.
    let size: Int
    let reason: String

    var description: String { "an order of \(size) bytes cannot be sent (\(reason))" }
}
