/// When which STUN server is asked, so that a dead one costs 200 ms and a lost datagram 250 ms.
package struct StunSchedule: Sendable {
    /// One datagram to send: when (nanoseconds after the start) and to which server (from 0).
    package struct Step: Hashable, Sendable {
        package let moment: Int64
        package let server: Int
    }

    /// In the order of time.
    package let steps: [Step]
    /// When to stop waiting, nanoseconds after the start.
    package let end: Int64

    package init(servers: Int) {
        let millisecond: Int64 = 1_000_000
        var steps: [Step] = []
        for server in 0..<max(servers, 0) {
            // First, and again after 250, 500 and 1000 ms more.
            for delay: Int64 in [0, 250, 750, 1750] {
                steps.append(Step(moment: (200 * Int64(server) + delay) * millisecond, server: server))
            }
        }
        self.steps = steps.sorted { ($0.moment, $0.server) < ($1.moment, $1.server) }
        end = (self.steps.last?.moment ?? 0) + 1000 * millisecond
    }
}

/// `host` or `host:port` of a STUN server.
package struct StunServerName: Hashable, Sendable {
    package let host: HostName
    package let port: UInt16

    /// The port of RFC 8489 section 8 where none is given.
    package static let defaultPort: UInt16 = 3478

    /// Asked when the configuration names none.
    package static let builtIn = ["stun.cloudflare.com:3478", "stun.l.google.com:19302"]

    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = HostName(parts.count <= 2 ? String(parts.first ?? "") : text) else { return nil }
        self.host = host
        if parts.count == 2 {
            guard let port = PortNumber.read(String(parts[1])) else { return nil }
            self.port = port
        } else {
            port = StunServerName.defaultPort
        }
    }
}
