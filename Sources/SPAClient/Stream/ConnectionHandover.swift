internal import SPASystem

/// The connection as a descriptor for whoever started us: ssh's ProxyUseFdpass.
///
/// ssh waits for our end after it has the descriptor, and for a descriptor or our end before, without a deadline of its
/// own. So there is nothing to send but this, and nothing to do afterwards.
enum ConnectionHandover {
    private static let output: Int32 = 1

    /// Whether the other side can take a descriptor; to be asked before anything is sent.
    static func check() throws(ClientFailure) {
        guard DescriptorPassing.isPossible(over: output) else {
            throw ClientFailure(
                .usage,
                "--fdpass needs a Unix socket as standard output; in ssh_config, add ProxyUseFdpass yes")
        }
    }

    /// Hands over a connection that waits on transfers, as programs expect of what they get.
    static func pass(_ socket: consuming InternetSocket) throws(ClientFailure) {
        socket.tuneForInteraction()
        do throws(SystemError) {
            try socket.descriptor.setNonBlocking(false)
            try DescriptorPassing.pass(socket.descriptor, over: output)
        } catch {
            throw ClientFailure(.other, "the connection could not be handed over: \(error.reason)")
        }
    }
}
