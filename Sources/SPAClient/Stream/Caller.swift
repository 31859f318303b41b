internal import SPASystem

/// Whoever started us with a connection of its own: inetd has it on the standard streams, a service manager on number 3.
enum Caller {
    /// Brings a passed connection to standard input and output, where inetd has it already. Nothing happens where ssh
    /// started us with two pipes.
    static func takeConnection() throws(ClientFailure) {
        var number: Int32 = 0
        if let count = InheritedStreams.passedCount {
            guard count == 1, SocketFacts.isSocket(InheritedStreams.firstPassed) else {
                throw ClientFailure(.usage, "LISTEN_FDS must pass one socket, not \(count); use Accept=yes")
            }
            number = InheritedStreams.firstPassed
        }
        guard !SocketFacts.isListening(number) else {
            throw ClientFailure(
                .usage, "the socket waits for callers and is no connection; use Accept=yes or nowait")
        }
        guard number != 0 else { return }
        do throws(SystemError) {
            try InheritedStreams.becomeInputAndOutput(number)
        } catch {
            throw ClientFailure(.other, error.description)
        }
    }
}
