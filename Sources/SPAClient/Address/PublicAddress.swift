package import SPANet
internal import SPAStun
package import SPASystem

/// Asks STUN servers which address the Internet sees us at.
package enum PublicAddress {
    /// The first good answer, or nil when none comes before `deadline` (nanoseconds of the ``MonotonicClock``).
    ///
    /// An answer counts only from the address that was asked, with the transaction id that was sent there, and when it can
    /// be true. Blocks in the resolver; put a ``Deadline`` around it.
    package static func ask(_ servers: [String], deadline: Int64) throws(SystemError) -> IPv4Address? {
        let names = (servers.isEmpty ? StunServerName.builtIn : servers).compactMap { StunServerName($0) }
        let schedule = StunSchedule(servers: names.count)
        let socket = try InternetSocket(.udp, .v4)
        var generator = SystemRandomNumberGenerator()
        var targets = names.map {
            Target(name: $0, request: BindingRequest(id: TransactionID(using: &generator)))
        }
        var poller = Poller()
        poller.add(socket.descriptor.number, .readable)
        let start = MonotonicClock.now()
        let end = min(start + schedule.end, deadline)
        var next = 0
        while true {
            let now = MonotonicClock.now()
            while next < schedule.steps.count, start + schedule.steps[next].moment <= now {
                targets[schedule.steps[next].server].send(on: socket)
                next += 1
            }
            if now >= end || targets.allSatisfy(\.isUseless) { return nil }
            let wake = next < schedule.steps.count ? min(end, start + schedule.steps[next].moment) : end
            try poller.wait(nanoseconds: wake - now)
            if let answer = receive(on: socket, targets) { return answer }
        }
    }

    /// One server while it is being asked.
    private struct Target {
        let name: StunServerName
        let request: BindingRequest
        var endpoint: InternetEndpoint?
        var isUseless = false

        init(name: StunServerName, request: BindingRequest) {
            self.name = name
            self.request = request
        }

        /// Looks the name up on the first call; a server without an address is not asked again.
        mutating func send(on socket: borrowing InternetSocket) {
            if isUseless { return }
            if endpoint == nil {
                endpoint = (try? Resolver.lookup(name.host.text, family: .v4))?.first
                endpoint?.port = name.port
            }
            guard let endpoint else {
                isUseless = true
                return
            }
            // A failure to send is the same as a lost datagram: the schedule goes on.
            try? socket.send(request.encoded().span, to: endpoint)
        }
    }

    /// Reads what has come until there is a good answer.
    private static func receive(on socket: borrowing InternetSocket, _ targets: [Target]) -> IPv4Address? {
        var room = [UInt8](repeating: 0, count: 1500)
        while true {
            var span = room.mutableSpan
            guard let arrival = try? socket.receive(into: &span) else { return nil }
            let message = room.span.extracting(0..<arrival.count)
            for target in targets where target.endpoint == arrival.from {
                guard let response = try? BindingResponse(decoding: message, to: target.request.id),
                    let address = AddressChoice.isPublic(response.address)
                else { continue }
                return address
            }
        }
    }
}
