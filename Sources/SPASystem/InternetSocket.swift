// Unsafe rim: TCP and UDP sockets.
internal import CSallyportShims
internal import Glibc
internal import SPANet

/// A TCP or UDP socket; it never waits.
package struct InternetSocket: ~Copyable, Sendable {
    package enum Kind: Sendable { case tcp, udp }

    package let descriptor: FileDescriptor

    package init(_ kind: Kind, _ family: AddressFamily) throws(SystemError) {
        descriptor = try FileDescriptor(
            result: sp_inet_socket(family.rawValue, kind == .tcp ? 1 : 0), of: "socket")
    }

    /// Takes over a socket; one that is not of the internet carries bytes all the same.
    package init(owning descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    /// Gives up the socket's descriptor.
    package consuming func releaseDescriptor() -> FileDescriptor { descriptor }

    /// Connects, or for TCP starts to: true when it is connected already, false when that will show as writable.
    package borrowing func connect(to endpoint: InternetEndpoint) throws(SystemError) -> Bool {
        var raw = endpoint.raw
        if unsafe sp_inet_connect(descriptor.number, &raw) == 0 { return true }
        let error = SystemError.last("connect to \(endpoint)")
        guard error.code == EINPROGRESS || error.code == EINTR else { throw error }
        return false
    }

    /// The error that a started connection ended with; nil when it is connected.
    package borrowing func pendingError() -> SystemError? {
        let code = sp_socket_error(descriptor.number)
        if code == 0 { return nil }
        return code < 0 ? SystemError.last("getsockopt(SO_ERROR)") : SystemError(call: "connect", code: code)
    }

    /// Takes a local address and port; port 0 lets the system choose.
    package borrowing func bind(to endpoint: InternetEndpoint) throws(SystemError) {
        var raw = endpoint.raw
        guard unsafe sp_inet_bind(descriptor.number, &raw) == 0 else {
            throw SystemError.last("bind to \(endpoint)")
        }
    }

    package borrowing func listen(backlog: Int32 = 16) throws(SystemError) {
        guard sp_inet_listen(descriptor.number, backlog) == 0 else { throw SystemError.last("listen") }
    }

    /// The next TCP caller; nil when nobody waits.
    package borrowing func accept() throws(SystemError) -> InternetSocket? {
        let number = sp_accept(descriptor.number)
        if number >= 0 { return InternetSocket(owning: FileDescriptor(owning: number)) }
        let error = SystemError.last("accept")
        guard error.code == EAGAIN || error.code == ECONNABORTED || error.code == EINTR else { throw error }
        return nil
    }

    /// Our own address and port on this socket.
    package borrowing func localEndpoint() throws(SystemError) -> InternetEndpoint {
        var raw = sp_address()
        guard unsafe sp_inet_local(descriptor.number, &raw) == 0 else {
            throw SystemError.last("getsockname")
        }
        return InternetEndpoint(raw)
    }

    /// Sends one datagram.
    package borrowing func send(_ bytes: Span<UInt8>, to endpoint: InternetEndpoint) throws(SystemError) {
        var raw = endpoint.raw
        let number = descriptor.number
        // SAFETY: pointer and count describe the same borrowed bytes.
        _ = try retrying("send to \(endpoint)") {
            unsafe bytes.withUnsafeBufferPointer {
                unsafe sp_inet_send_to(number, $0.baseAddress, $0.count, &raw)
            }
        }
    }

    /// Sends the first segment of a TCP connection with `bytes` as its payload, and gives the connection up (TCP fast open
    /// without a cookie, tcp(7)). An error where the system leaves the payload out.
    package consuming func sendInSYN(_ bytes: Span<UInt8>, to endpoint: InternetEndpoint) throws(SystemError)
    {
        var raw = endpoint.raw
        let number = descriptor.number
        // Whatever comes back is answered by nobody.
        _ = sp_reset_on_close(number, 1)
        do throws(SystemError) {
            // SAFETY: pointer and count describe the same borrowed bytes.
            let sent = try retrying("send in a SYN to \(endpoint)") {
                unsafe bytes.withUnsafeBufferPointer {
                    unsafe sp_inet_send_in_syn(number, $0.baseAddress, $0.count, &raw)
                }
            }
            guard sent == bytes.count else {
                throw SystemError(call: "send in a SYN to \(endpoint)", code: EMSGSIZE)
            }
        } catch {
            // On a short way the port's refusal is here before the call is back.
            guard error.code == ECONNREFUSED else { throw error }
        }
    }

    /// Receives one datagram and tells its sender; nil when none is there. A longer one is cut.
    package borrowing func receive(
        into buffer: inout MutableSpan<UInt8>
    ) throws(SystemError) -> (count: Int, from: InternetEndpoint)? {
        var raw = sp_address()
        let number = descriptor.number
        do throws(SystemError) {
            // SAFETY: pointer and count describe the same live, exclusively borrowed buffer.
            let count = try retrying("recvfrom") {
                unsafe buffer.withUnsafeMutableBufferPointer {
                    unsafe sp_inet_receive_from(number, $0.baseAddress, $0.count, &raw)
                }
            }
            return (count, InternetEndpoint(raw))
        } catch {
            guard error.code == EAGAIN else { throw error }
            return nil
        }
    }

    /// Before ``connect(to:)``: makes of a connection an offer that can be withdrawn. The server learns that it stands
    /// by ``confirm()``, by the first byte, or after 200 ms; closed before, it is reset, and no service ever sees it.
    package borrowing func makeTentative() {
        // Where the system refuses, a connection that is given up shows as one that came and went.
        _ = sp_tcp_hold_handshake(descriptor.number)
        _ = sp_reset_on_close(descriptor.number, 1)
    }

    /// Makes a tentative connection one for good, and lets the server know at once.
    package borrowing func confirm() {
        _ = sp_reset_on_close(descriptor.number, 0)
        acknowledgeQuickly()
    }

    /// Sends small parts at once (TCP_NODELAY) and lets the system notice a dead peer (SO_KEEPALIVE).
    package borrowing func tuneForInteraction() {
        // Both are wishes: a system that refuses them still carries the bytes.
        _ = sp_tcp_nodelay(descriptor.number)
        _ = sp_keepalive(descriptor.number)
        acknowledgeQuickly()
    }

    /// Asks for immediate acknowledgements; the kernel forgets this, so it is asked again after reads.
    package borrowing func acknowledgeQuickly() { _ = sp_tcp_quickack(descriptor.number) }

    /// From now on the system asks a silent peer every `seconds` whether it is still there.
    package borrowing func probePeer(everySeconds seconds: Int32) {
        // A wish, as above.
        _ = sp_keepalive_every(descriptor.number, seconds)
    }

    /// Nanoseconds since the peer last acknowledged anything; 0 once it has said its last.
    package var peerSilence: Int64 { max(sp_tcp_silence_ms(descriptor.number), 0) * 1_000_000 }

    /// Tells the peer that nothing more will be sent.
    package borrowing func shutdownWriting() throws(SystemError) {
        guard shutdown(descriptor.number, Int32(SHUT_WR)) == 0 else { throw SystemError.last("shutdown") }
    }
}
