internal import SPASystem

/// A packet over a TCP connection that is closed behind it.
enum ConnectionKnock {
    /// Nanoseconds for the connection. The attempts to connect to the service wait as long.
    private static let patience: Int64 = 1_500_000_000

    /// Connects, sends `bytes`, closes. An answer is not waited for.
    static func send(_ bytes: [UInt8], to server: InternetEndpoint) throws(SystemError) {
        let socket = try InternetSocket(.tcp, server.address.family)
        if try !socket.connect(to: server) {
            var poller = Poller()
            poller.add(socket.descriptor.number, .writable)
            guard try poller.wait(nanoseconds: patience) > 0 else {
                throw SystemError(call: "connect to \(server)", code: ErrorCode.timedOut)
            }
            if let error = socket.pendingError() { throw error }
        }
        // Into an empty buffer, which takes a packet whole.
        try socket.descriptor.writeAll(bytes.span)
        try socket.shutdownWriting()
    }
}
