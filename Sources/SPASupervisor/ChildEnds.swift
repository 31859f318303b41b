internal import SPAChannel
internal import SPASystem

/// The ends of the children: noticed, ordered, waited for.
struct ChildEnds {
    /// What became of children that have ended, in the order in which it was noticed.
    private(set) var told: [String] = []
    private var poller = Poller()

    /// Longest time for the helper to take its chain away, in nanoseconds.
    private static let stopPatience: Int64 = 30_000_000_000
    /// Longest time for the children to end by themselves once their links are closed.
    private static let farewell: Int64 = 1_500_000_000

    /// Asks what has become of them.
    mutating func look(at children: Children) {
        for (name, child) in [("spad-helper", children.helper), ("spad-worker", children.worker)] {
            let fate: ProcessEnd?
            // A child that was reaped before is an error here, and known.
            do throws(SystemError) { fate = try child.poll() } catch { continue }
            switch fate {
            case nil: continue
            case .exited(let status): told.append("\(name) has ended (exit status \(status))")
            case .killed(let signal): told.append("\(name) was killed by signal \(signal)")
            }
        }
    }

    /// Orders the helper to end, and logs what it says until then.
    ///
    /// - Returns: whether it ended in time.
    mutating func stopHelper(
        of children: Children, flushes: Bool, signals: borrowing SignalDescriptor, log: inout EventDesk
    ) -> Bool {
        children.helperOutbox.send(HelperOrder.stop(flush: flushes).encoded)
        let deadline = BootClock.now() + ChildEnds.stopPatience
        while BootClock.now() < deadline {
            do throws(OrderFailure) {
                try children.helperOutbox.flush()
            } catch {
                log.say("error: spad-helper: \(error)")
                return false
            }
            do throws(ChannelError) {
                while let event = try children.nextHelperEvent() { log.record(event) }
            } catch {
                // Nonsense at the end does not hold the end up.
            }
            do throws(SystemError) {
                if try children.helper.poll() != nil { return true }
            } catch {
                return true
            }
            pause(signals)
        }
        return false
    }

    /// A short wait, cut shorter by the end of a child. Not for its messages: a link that has ended is always ready.
    mutating func pause(_ signals: borrowing SignalDescriptor) {
        poller.removeAll()
        poller.add(signals.descriptor.number, .readable)
        do throws(SystemError) {
            try poller.wait(milliseconds: 20)
            while try signals.next() != nil {}
        } catch {}
    }

    /// Gives the children, whose links are closed and who take that as their end, time to end, and reaps them.
    mutating func reap(_ processes: [ChildProcess]) {
        let deadline = BootClock.now() + ChildEnds.farewell
        var alive = processes
        while !alive.isEmpty, BootClock.now() < deadline {
            alive.removeAll { process in
                do throws(SystemError) { return try process.poll() != nil } catch { return true }
            }
            poller.removeAll()
            do throws(SystemError) { if !alive.isEmpty { try poller.wait(milliseconds: 10) } } catch {
                return
            }
        }
    }
}
