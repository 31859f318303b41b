internal import SPASystem

/// Packets on their way. Datagrams are gone at once; what takes a connection is waited for beside other work.
final class KnockPost {
    /// Nanoseconds for a connection, after which the packet counts as lost: enough for the system to ask twice.
    private static let patience: Int64 = 3_000_000_000

    /// What has become of a packet.
    enum Outcome {
        case delivered(KnockErrand)
        case failed(KnockFailure)
    }

    private struct Parcel {
        let errand: KnockErrand
        let carrier: KnockCarrier
        let knock: ConnectionKnock
        let end: Int64
    }

    private var parcels: [Parcel] = []

    /// Sends `packet`; false where it is on its way still.
    func send(_ packet: [UInt8], _ errand: KnockErrand, by carrier: KnockCarrier) throws(SystemError) -> Bool
    {
        guard let knock = try carrier.send(packet, to: errand.server) else { return true }
        let end = MonotonicClock.now() + KnockPost.patience
        parcels.append(Parcel(errand: errand, carrier: carrier, knock: knock, end: end))
        return false
    }

    /// Whether nothing is on its way.
    var isEmpty: Bool { parcels.isEmpty }

    /// When ``advance()`` is due at the latest, nanoseconds of the ``MonotonicClock``; nil for no time of its own.
    var due: Int64? { parcels.map(\.end).min() }

    /// Adds the descriptors that it waits for.
    func wait(in poller: inout Poller) {
        for parcel in parcels { poller.add(parcel.knock.number, .writable) }
    }

    /// Waits for nothing any longer; what did not arrive.
    func giveUp() -> [KnockFailure] {
        defer { parcels = [] }
        return parcels.map { KnockFailure($0.errand.server, $0.carrier, KnockPost.late) }
    }

    private static let late = SystemError(call: "connect", code: ErrorCode.timedOut)

    /// Does what can be done without waiting; what has ended since the last time.
    func advance() -> [Outcome] {
        guard !parcels.isEmpty else { return [] }
        let now = MonotonicClock.now()
        var outcomes: [Outcome] = []
        var rest: [Parcel] = []
        for parcel in parcels {
            func failed(_ error: SystemError) {
                outcomes.append(.failed(KnockFailure(parcel.errand.server, parcel.carrier, error)))
            }
            do throws(SystemError) {
                if try parcel.knock.advance() {
                    outcomes.append(.delivered(parcel.errand))
                } else if now >= parcel.end {
                    failed(KnockPost.late)
                } else {
                    rest.append(parcel)
                }
            } catch {
                failed(error)
            }
        }
        parcels = rest
        return outcomes
    }
}
