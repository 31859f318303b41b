internal import SPASystem

/// A packet over a TCP connection that is closed behind it. Never waits; an answer is of no interest.
final class ConnectionKnock {
    private let socket: InternetSocket
    private let bytes: [UInt8]

    /// Begins to connect to `server`.
    init(_ bytes: [UInt8], to server: InternetEndpoint) throws(SystemError) {
        let socket = try InternetSocket(.tcp, server.address.family)
        // Connected at once or not: in either case it shows as writable.
        _ = try socket.connect(to: server)
        self.socket = socket
        self.bytes = bytes
    }

    var number: Int32 { socket.descriptor.number }

    /// Sends and closes, if the connection stands; false while it does not.
    func advance() throws(SystemError) -> Bool {
        var poller = Poller(capacity: 1)
        poller.add(number, .writable)
        guard try poller.wait(nanoseconds: 0) > 0 else { return false }
        if let error = socket.pendingError() { throw error }
        // Into an empty buffer, which takes a packet whole.
        let bytes = bytes
        try socket.descriptor.writeAll(bytes.span)
        try socket.shutdownWriting()
        return true
    }
}
