package import SPAConfig
package import SPASystem

/// What every source says about our public address, to compare them.
package enum AddressSurvey {
    /// Asks all sources of the stanza at once, for a knock at `server`; each finding with its time, and from a page the
    /// server's clock. Ends when all have spoken, after ``AddressTimetable/surveyPatience``, or at `deadline` (nanoseconds
    /// of the ``MonotonicClock``). Nothing is read from the cache or written to it.
    package static func ask(
        _ stanza: ClientStanza, server: InternetEndpoint, deadline: Int64
    ) -> [AddressFinding] {
        let own = NetworkIdentity.current(server.address)?.own
        let race = AddressSources.race(stanza.addresses, server: server.address, own: own, atOnce: true)
        let end = min(deadline, MonotonicClock.now() + AddressTimetable.surveyPatience)
        var poller = Poller()
        while !race.isExhausted, MonotonicClock.now() < end {
            poller.removeAll()
            race.wait(in: &poller)
            let wake = min(end, race.due ?? end)
            guard (try? poller.wait(nanoseconds: wake - MonotonicClock.now())) != nil else { break }
            race.advance()
        }
        race.giveUp()
        return race.findings
    }
}
