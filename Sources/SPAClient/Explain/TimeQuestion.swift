internal import SPASntp
internal import SPASystem

/// Asks an NTP server how wrong our clock is.
enum TimeQuestion {
    /// Asked when the configuration names none.
    static let builtIn = "time.cloudflare.com:123"
    /// The port of RFC 4330 where none is given.
    private static let port: UInt16 = 123

    /// What `server` (`host` or `host:port`) tells; nil where it does not, by `deadline` (nanoseconds of the
    /// ``MonotonicClock``). An answer counts only from the address that was asked, and for the question that went there.
    static func ask(_ server: String, deadline: Int64) -> ClockEvidence? {
        let parts = server.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, let host = HostName(String(name)),
            let number = parts.count == 2 ? PortNumber.read(String(parts[1])) : port,
            let endpoint = find(host, port: number, deadline: deadline)
        else { return nil }
        do throws(SystemError) {
            let socket = try InternetSocket(.udp, .v4)
            // Twice, since datagrams get lost.
            for end in [min(MonotonicClock.now() + 700_000_000, deadline), deadline] {
                let request = TimeRequest(nonce: .random(in: 0 ... .max))
                let sent = RealtimeClock.now() / 1000
                try socket.send(request.encoded().span, to: endpoint)
                if let offset = try answer(to: request, sent: sent, on: socket, from: endpoint, until: end) {
                    return ClockEvidence(offset: offset / 1000, source: "\(host):\(number)")
                }
            }
        } catch {
            return nil
        }
        return nil
    }

    private static func find(_ host: HostName, port: UInt16, deadline: Int64) -> InternetEndpoint? {
        let search = EndpointSearch(host.text, port: port)
        while true {
            switch search.current() {
            case .found(let endpoints): return endpoints.first
            case .failed: return nil
            case .waiting: break
            }
            let left = deadline - MonotonicClock.now()
            guard left > 0, let number = search.number else { return nil }
            var poller = Poller(capacity: 1)
            poller.add(number, .readable)
            guard (try? poller.wait(nanoseconds: left)) != nil else { return nil }
        }
    }

    /// Microseconds that the server's clock is ahead.
    private static func answer(
        to request: TimeRequest, sent: Int64, on socket: borrowing InternetSocket,
        from server: InternetEndpoint, until end: Int64
    ) throws(SystemError) -> Int64? {
        var poller = Poller(capacity: 1)
        poller.add(socket.descriptor.number, .readable)
        var room = [UInt8](repeating: 0, count: 512)
        while true {
            let left = end - MonotonicClock.now()
            guard left > 0 else { return nil }
            try poller.wait(nanoseconds: left)
            let arrived = RealtimeClock.now() / 1000
            var span = room.mutableSpan
            guard let arrival = try socket.receive(into: &span), arrival.from == server else { continue }
            let message = room.span.extracting(0..<arrival.count)
            if let response = try? TimeResponse(decoding: message, to: request) {
                return response.offset(sent: sent, arrived: arrived)
            }
        }
    }
}
