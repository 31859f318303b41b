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
    private let endpoints: [InternetEndpoint]
    private let schedule: ConnectSchedule
    private let deadline: Int64
    private let knock: () throws(ClientFailure) -> Void
    private let companion: (any KnockCompanion)?
    private let observe: (ConnectObservation) -> Void
    private var lanes: [Lane]
    private var attempts: [Attempt] = []
    private var poller = Poller(capacity: ConnectSchedule.maximumOpen)

    /// One address: its evidence, and when its next attempt is due.
    private struct Lane {
        var evidence = ConnectEvidence()
        /// Since the last knock; gives the step.
        var sinceKnock = 0
        /// Since the first knock; names the attempt.
        var total = 0
        var due: Int64 = 0
    }

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

    /// To `endpoints`, until `deadline` (nanoseconds of the ``MonotonicClock``). `knock` sends a fresh knock each time.
    /// `companion` gets its turns in between; `observe` is told what happens.
    package init(
        _ endpoints: [InternetEndpoint], schedule: ConnectSchedule, deadline: Int64,
        companion: (any KnockCompanion)? = nil,
        observe: @escaping (ConnectObservation) -> Void = { _ in },
        knock: @escaping () throws(ClientFailure) -> Void
    ) {
        self.companion = companion
        self.endpoints = endpoints
        self.schedule = schedule
        self.deadline = deadline
        self.observe = observe
        self.knock = knock
        lanes = endpoints.map { _ in Lane() }
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
            if now >= nextKnock {
                companion?.willKnock(again: knocks > 0)
                try knockAgain(first: knocks == 0)
                nextKnock = MonotonicClock.now() + ConnectSchedule.knockStep(after: knocks)
                knocks += 1
            }
            for index in lanes.indices where lanes[index].due <= now {
                if let winner = start(lane: index, now: now) { return winner }
            }
            let due = lanes.map(\.due).min() ?? deadline
            if let winner = try wait(until: min(deadline, nextKnock, due, companion?.due ?? .max)) {
                return winner
            }
            if companion?.advance() == true { try knockAgain(first: false) }
        }
    }

    /// What each address has shown so far.
    package var evidence: [ConnectEvidence] { lanes.map(\.evidence) }

    /// Knocks, and starts the schedule of attempts anew. A repeated knock that fails to go out is like one that was lost.
    private mutating func knockAgain(first: Bool) throws(ClientFailure) {
        do throws(ClientFailure) { try knock() } catch { if first { throw error } }
        let now = MonotonicClock.now()
        for index in lanes.indices {
            lanes[index].sinceKnock = 0
            lanes[index].due =
                now + ConnectSchedule.firstDelay + Int64(index) * ConnectSchedule.addressStagger
        }
    }

    /// Starts the next attempt of a lane; a socket only where it is connected at once.
    private mutating func start(lane index: Int, now: Int64) -> InternetSocket? {
        let ordinal = lanes[index].total
        lanes[index].total += 1
        lanes[index].due = now + schedule.step(after: lanes[index].sinceKnock)
        lanes[index].sinceKnock += 1
        do throws(SystemError) {
            let socket = try InternetSocket(.tcp, endpoints[index].address.family)
            socket.makeTentative()
            observe(.started(endpoints[index], attempt: ordinal))
            if try socket.connect(to: endpoints[index]) {
                observe(.connected(endpoints[index], attempt: ordinal))
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
        companion?.wait(in: &poller)
        do throws(SystemError) {
            try poller.wait(nanoseconds: moment - MonotonicClock.now())
        } catch {
            throw ClientFailure(.other, "\(error); try again")
        }
        // From the last to the first, so that removing one leaves the indices of the rest.
        for index in attempts.indices.reversed() where !poller.readiness(at: index).isEmpty {
            let attempt = attempts[index]
            guard let socket = attempt.socket.take() else { continue }
            guard let error = socket.pendingError() else {
                observe(.connected(endpoints[attempt.lane], attempt: attempt.ordinal))
                return socket
            }
            note(error, lane: attempt.lane, ordinal: attempt.ordinal)
            attempts.remove(at: index)
        }
        return nil
    }

    /// An ended attempt is "not yet": a firewall may reject as well as drop.
    private mutating func note(_ error: SystemError, lane: Int, ordinal: Int) {
        observe(.ended(endpoints[lane], attempt: ordinal, error))
        if error.code == ErrorCode.connectionRefused {
            lanes[lane].evidence.noteRefusal(attempt: ordinal)
        } else {
            lanes[lane].evidence.noteFailure(reason: error.reason)
        }
    }
}
