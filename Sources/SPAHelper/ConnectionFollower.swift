internal import SPACapture
internal import SPAConntrack
internal import SPASystem

/// Why it cannot be seen who connects.
struct ConnectionFault: Error {
    let reason: String
}

/// Listens to who connects, while a prefix is open and only then.
final class ConnectionFollower {
    /// What was heard.
    struct News {
        var connections: [EstablishedConnection] = []
        /// Something was lost, or could not be read.
        var isBlind = false
    }

    private let watch: ConnectionWatch
    private var followed: Set<GrantKey> = []
    private var buffer = [UInt8](repeating: 0, count: 8192)

    /// Messages in a round, so that many of them cannot keep other work waiting. What is left stays in the kernel's queue, which
    /// is bounded and tells when it ran over.
    private static let most = 64
    /// The same where it has run over: it takes nothing more until it is empty, and does not tell that again.
    private static let mostOfFull = 65_536

    /// Whether the kernel tells who connects, as far as is known now.
    var works: Bool { followed.isEmpty ? watch.works() : true }

    /// Why it does not.
    static let deafness =
        "the kernel does not tell who connects; set net.netfilter.nf_conntrack_events to 1 or 2 (it needs"
        + " CONFIG_NF_CT_NETLINK and CONFIG_NF_CONNTRACK_EVENTS)"

    init(_ watch: consuming ConnectionWatch) { self.watch = watch }

    func register(in poller: inout Poller) {
        if !followed.isEmpty { poller.add(watch.descriptor.number, .readable) }
    }

    /// Follows connections to these prefixes from now on. To be called before a rule opens one of them: the kernel does not
    /// tell of connections that began before somebody listened.
    func follow(_ keys: Set<GrantKey>) throws(ConnectionFault) {
        guard keys != followed else { return }
        // The administrator may have changed the kernel's settings since the last time.
        guard works || keys.isEmpty else { throw ConnectionFault(reason: ConnectionFollower.deafness) }
        do throws(SystemError) { try change(to: keys) } catch { throw ConnectionFault(reason: "\(error)") }
    }

    private func change(to keys: Set<GrantKey>) throws(SystemError) {
        let isListening = !followed.isEmpty
        if keys.isEmpty {
            try watch.listen(false)
            // What is old by the next time must not narrow what is opened then.
            while watch.receive(into: &buffer) != .nothing {}
        } else {
            let targets = keys.map { ConnectionFilter.Target(network: $0.network, service: $0.service) }
            try setFilter(for: targets)
            if !isListening { try listen() }
        }
        followed = keys
    }

    private func setFilter(for targets: [ConnectionFilter.Target]) throws(SystemError) {
        do throws(SystemError) {
            try watch.setFilter(ConnectionFilter(targets).program)
        } catch {
            // The room for filters is small (net.core.optmem_max), and the one before is in it still.
            guard error.code == ErrorCode.noMemory else { throw error }
            try watch.setFilter(ConnectionFilter.ofAllThatHasComeUp.program)
        }
    }

    private func listen() throws(SystemError) {
        do throws(SystemError) { try watch.listen(true) } catch {
            // The filter must go: it would keep from us whether the kernel tells at all.
            try? watch.listen(false)
            throw error
        }
    }

    func news() -> News {
        var news = News()
        guard !followed.isEmpty else { return news }
        var count = 0
        while count < (news.isBlind ? ConnectionFollower.mostOfFull : ConnectionFollower.most) {
            count += 1
            switch watch.receive(into: &buffer) {
            case .nothing: return news
            case .lost: news.isBlind = true
            case .message(let count):
                do throws(ConntrackError) {
                    let bytes = buffer.span.extracting(0..<count)
                    if let connection = try EstablishedConnection.read(bytes) {
                        news.connections.append(connection)
                    }
                } catch {
                    news.isBlind = true
                }
            }
        }
        return news
    }
}
