internal import SPANet
internal import SPASystem

/// From the name of a source to where it is, without waiting.
final class EndpointSearch {
    enum State {
        case waiting
        /// IPv4, never empty: the address that a server sees is of the family that it is asked over.
        case found([InternetEndpoint])
        case failed(String)
    }

    private let port: UInt16
    private var state: State
    private var lookup: NameLookup?

    init(_ host: String, port: UInt16) {
        self.port = port
        switch IPAddress(host) {
        case .v4?:
            state = .found([])
            if let address = IPAddress(host) { state = .found([InternetEndpoint(address, port: port)]) }
        case .v6?: state = .failed("an IPv6 server cannot see our IPv4 address")
        case nil:
            state = .waiting
            do throws(SystemError) { lookup = try NameLookup(host, family: .v4) } catch {
                state = .failed(error.description)
            }
        }
    }

    /// Readable when ``current()`` may have changed.
    var number: Int32? { lookup?.number }

    func current() -> State {
        guard case .waiting = state, let lookup else { return state }
        switch lookup.state() {
        case .waiting: return state
        case .failed(let reason): state = .failed(reason)
        case .found(let endpoints):
            state = .found(endpoints.map { InternetEndpoint($0.address, port: port, scope: $0.scope) })
        }
        self.lookup = nil
        return state
    }
}
