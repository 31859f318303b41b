internal import SPAChannel
internal import SPAConntrack
internal import SPASystem

// Prefixes, and who connects through them.
extension HelperLoop {
    /// Whether new settings can have the prefixes that they want.
    func checkConnections() {
        guard desk.limits.wantPrefixes else { return }
        desk.opensPrefixes = follower?.works ?? false
        guard !desk.opensPrefixes else { return }
        let fault = ConnectionFollower.deafness
        link.send(.message(.warning, "GRANT_PREFIX: \(fault): doors are opened for single addresses"))
    }

    /// Narrows prefixes that somebody has connected through.
    func hearConnections(at moment: Int64) throws(HelperFailure) {
        guard let news = follower?.news() else { return }
        for connection in news.connections where !isOurs(connection.source) {
            try perform(desk.connected(connection, moment: moment))
        }
        if news.isBlind { try lostSight("the kernel's news of connections were lost", at: moment) }
    }

    /// Follows connections to whatever prefix is open or about to be.
    func followConnections(at moment: Int64) throws(HelperFailure) {
        do throws(ConnectionFault) { try follower?.follow(desk.prefixes) } catch {
            try lostSight(error.reason, at: moment)
        }
    }

    /// Who connects cannot be seen: no prefix stays open.
    private func lostSight(_ reason: String, at moment: Int64) throws(HelperFailure) {
        link.send(.message(.warning, "No prefix stays open: \(reason)"))
        try perform(desk.lostSight(moment: moment))
    }
}
