internal import SPANet
package import SPASystem

/// Something that happened in a ``ConnectRace``; attempts are counted from 0 for each address.
package enum ConnectObservation: Sendable {
    /// Nothing yet; told some times a second.
    case waiting
    case started(InternetEndpoint, attempt: Int)
    case ended(InternetEndpoint, attempt: Int, SystemError)
    case connected(InternetEndpoint, attempt: Int)
}

/// Knocks and connects until one connection stands; that one is handed over, all others are closed.
///
/// There is no connection to try the port with: each could be the one, and carries no byte until it is. The others are
/// withdrawn before the server's end of them is complete, so that the service accepts exactly one.
package struct ConnectRace: ~Copyable {
    private let deadline: Int64
    private let companion: any KnockCompanion
    private let observe: (ConnectObservation) -> Void
    private var lanes: ConnectLanes
    private var attempts: [Attempt] = []
    private var poller = Poller(capacity: ConnectSchedule.maximumOpen)

    /// A connection on its way. A class, because arrays hold no values with one owner.
    private final class Attempt {
        var socket: InternetSocket?
        let number: Int32
        let lane: Int
        let ordinal: Int

        init(_ socket: consuming InternetSocket, lane: Int, ordinal: Int) {
            number = socket.descriptor.number
            self.socket = consume socket
            (self.lane, self.ordinal) = (lane, ordinal)
        }
    }

    /// To where `companion` says, which knocks, too, until `deadline` (nanoseconds of the ``MonotonicClock``). `observe` is
    /// told what happens.
    package init(
        schedule: ConnectSchedule, deadline: Int64, companion: any KnockCompanion,
        observe: @escaping (ConnectObservation) -> Void = { _ in }
    ) {
        self.companion = companion
        self.deadline = deadline
        self.observe = observe
        lanes = ConnectLanes(schedule)
    }

    /// Runs the race. Nil when the deadline passed; then ``evidence`` tells what was seen.
    package mutating func run() throws(ClientFailure) -> InternetSocket? {
        guard let socket = try firstToStand() else { return nil }
        // First the others: of two that stand, the service shall see one.
        attempts.removeAll()
        socket.confirm()
        return socket
    }

    private mutating func firstToStand() throws(ClientFailure) -> InternetSocket? {
        var knocks = 0
        var nextKnock = MonotonicClock.now()
        while true {
            let now = MonotonicClock.now()
            if now >= deadline { return nil }
            observe(.waiting)
            lanes.add(companion.takeTargets())
            if now >= nextKnock {
                try knock(knocks == 0 ? .first : .again)
                nextKnock = MonotonicClock.now() + ConnectSchedule.knockStep(after: knocks)
                knocks += 1
            }
            for index in lanes.due(at: now) {
                if let winner = start(lane: index, now: now) { return winner }
            }
            let wake = min(deadline, nextKnock, lanes.due ?? .max, companion.due ?? .max)
            if let winner = try wait(until: wake) { return winner }
            let news = try companion.advance()
            lanes.quicken(news.delivered, now: MonotonicClock.now())
            if news.callsForKnock {
                lanes.add(companion.takeTargets())
                try knock(.news)
            }
        }
    }

    /// What each address has shown so far.
    package var evidence: [ConnectEvidence] { lanes.evidence }

    /// Knocks, and starts the schedule of attempts anew. A later knock that fails to go out is like one that was lost.
    private mutating func knock(_ occasion: KnockOccasion) throws(ClientFailure) {
        var families = Set<AddressFamily>()
        do throws(ClientFailure) {
            families = try companion.knock(occasion)
        } catch {
            if case .first = occasion { throw error }
        }
        let isRound = if case .news = occasion { false } else { true }
        lanes.restart(families, now: MonotonicClock.now(), isRound: isRound)
    }

    /// Starts the next attempt of a lane; a socket only where it is connected at once.
    private mutating func start(lane index: Int, now: Int64) -> InternetSocket? {
        let endpoint = lanes.endpoint(index)
        let ordinal = lanes.begin(index, now: now)
        do throws(SystemError) {
            let socket = try InternetSocket(.tcp, endpoint.address.family)
            socket.makeTentative()
            observe(.started(endpoint, attempt: ordinal))
            if try socket.connect(to: endpoint) {
                observe(.connected(endpoint, attempt: ordinal))
                return socket
            }
            if attempts.count >= ConnectSchedule.maximumOpen { attempts.removeFirst() }
            attempts.append(Attempt(socket, lane: index, ordinal: ordinal))
        } catch {
            note(error, lane: index, ordinal: ordinal)
        }
        return nil
    }

    /// Waits for an attempt to end one way or the other; a socket where one is connected.
    private mutating func wait(until moment: Int64) throws(ClientFailure) -> InternetSocket? {
        poller.removeAll()
        for attempt in attempts { poller.add(attempt.number, .writable) }
        companion.wait(in: &poller)
        do throws(SystemError) {
            try poller.wait(nanoseconds: moment - MonotonicClock.now())
        } catch {
            throw ClientFailure(.other, "\(error); try again")
        }
        var ended: [Int] = []
        for index in attempts.indices where !poller.readiness(at: index).isEmpty {
            let attempt = attempts[index]
            guard let socket = attempt.socket.take() else { continue }
            guard let error = socket.pendingError() else {
                // Of several the one that was started first: it is at the likelier address, and where we were held up its
                // handshake may be complete at the other side already.
                observe(.connected(lanes.endpoint(attempt.lane), attempt: attempt.ordinal))
                return socket
            }
            note(error, lane: attempt.lane, ordinal: attempt.ordinal)
            ended.append(index)
        }
        for index in ended.reversed() { attempts.remove(at: index) }
        return nil
    }

    /// An ended attempt is "not yet".
    private mutating func note(_ error: SystemError, lane: Int, ordinal: Int) {
        observe(.ended(lanes.endpoint(lane), attempt: ordinal, error))
        lanes.end(lane, ordinal: ordinal, error)
    }
}
