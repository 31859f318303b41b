// Unsafe rim: libssl, and the objects of one connection.
internal import CLibssl
internal import Glibc

/// Why there is no secure connection.
package enum TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The certificate does not lead to a trusted authority, is out of date, or is another host's; libssl's words.
    case certificate(String)
    /// Anything else between the two sides.
    case failed(String)
    /// libssl itself does not work.
    case library(String)

    package var description: String {
        switch self {
        case .certificate(let reason): "the certificate is not accepted: \(reason)"
        case .failed(let reason): "TLS: \(reason)"
        case .library(let call): "libssl: \(call) failed"
        }
    }
}

/// What a step that may not wait has come to.
package enum TLSStep: Hashable, Sendable {
    /// Done; for a transfer with so many bytes.
    case done(Int)
    /// Goes on when the socket is readable, or writable.
    case needsRead, needsWrite
    /// The other side has said that nothing more will come.
    case end
}

/// The client's side of a TLS connection over a connected socket that does not wait.
///
/// TLS 1.2 or newer; the chain must lead to an authority that the system trusts, and the certificate must name the host.
@safe package final class TLSConnection {
    // SAFETY: made in the initialiser, freed in deinit, used by nobody else.
    private let context: OpaquePointer
    private let connection: OpaquePointer

    /// Over the socket of number `socket`, which must stay open for the life of this value. `host` is a name or an address.
    package init(socket: Int32, host: String) throws(TLSError) {
        // openssl.cnf can load code into the process; what matters of it is set here.
        guard OPENSSL_init_ssl(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil) == 1,
            let context = unsafe SSL_CTX_new(TLS_client_method())
        else { throw .library("SSL_CTX_new") }
        guard let connection = unsafe TLSConnection.prepare(context, socket: socket, host: host) else {
            unsafe SSL_CTX_free(context)
            throw .library("SSL_new")
        }
        unsafe self.context = context
        unsafe self.connection = connection
    }

    deinit {
        unsafe SSL_free(connection)
        unsafe SSL_CTX_free(context)
    }

    /// Every setting that the check of the other side rests on; nil if a single one is not taken.
    private static func prepare(_ context: OpaquePointer, socket: Int32, host: String) -> OpaquePointer? {
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        // A write that is taken up again may come from another place in memory.
        _ = unsafe SSL_CTX_ctrl(context, SSL_CTRL_MODE, Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER), nil)
        guard unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil) == 1,
            unsafe TrustStore.load(into: context), let connection = unsafe SSL_new(context)
        else { return nil }
        guard unsafe named(connection, host), unsafe SSL_set_fd(connection, socket) == 1 else {
            unsafe SSL_free(connection)
            return nil
        }
        return unsafe connection
    }

    /// Has the certificate compared with the host, and tells the server whose we want (SNI; names only, RFC 6066).
    private static func named(_ connection: OpaquePointer, _ host: String) -> Bool {
        let parameters = unsafe SSL_get0_param(connection)
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 { return true }
        // A `*` for part of a label only is not accepted, RFC 9525 section 6.3.
        unsafe SSL_set_hostflags(connection, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        guard unsafe SSL_set1_host(connection, host) == 1 else { return false }
        var name = Array(host.utf8CString)
        // SAFETY: libssl copies the text within the call.
        return unsafe name.withUnsafeMutableBufferPointer {
            unsafe SSL_ctrl(
                connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), $0.baseAddress)
        } == 1
    }

    /// Goes on with the handshake. Once it is done, the other side has been checked.
    package func handshake() throws(TLSError) -> TLSStep {
        ERR_clear_error()
        let result = unsafe SSL_connect(connection)
        guard result != 1 else {
            // Belt and braces: SSL_VERIFY_PEER has ended the handshake already where this is not so.
            guard unsafe SSL_get_verify_result(connection) == Int(X509_V_OK) else { throw reason() }
            return .done(0)
        }
        return try step(result)
    }

    /// Writes some of `bytes`.
    package func write(_ bytes: Span<UInt8>) throws(TLSError) -> TLSStep {
        guard bytes.count > 0 else { return .done(0) }
        ERR_clear_error()
        let connection = unsafe connection
        // SAFETY: pointer and count describe the same borrowed bytes.
        let result = unsafe bytes.withUnsafeBufferPointer {
            unsafe SSL_write(connection, $0.baseAddress, Int32(clamping: $0.count))
        }
        return try step(result)
    }

    /// Reads what is there.
    package func read(into buffer: inout MutableSpan<UInt8>) throws(TLSError) -> TLSStep {
        guard buffer.count > 0 else { return .done(0) }
        ERR_clear_error()
        let connection = unsafe connection
        // SAFETY: pointer and count describe the same live, exclusively borrowed buffer.
        let result = unsafe buffer.withUnsafeMutableBufferPointer {
            unsafe SSL_read(connection, $0.baseAddress, Int32(clamping: $0.count))
        }
        return try step(result)
    }

    private func step(_ result: Int32) throws(TLSError) -> TLSStep {
        if result > 0 { return .done(Int(result)) }
        let system = errno
        switch unsafe SSL_get_error(connection, result) {
        case SSL_ERROR_WANT_READ: return .needsRead
        case SSL_ERROR_WANT_WRITE: return .needsWrite
        case SSL_ERROR_ZERO_RETURN: return .end
        case SSL_ERROR_SYSCALL:
            // SAFETY: strerror(3) gives a text that lives until its next call; it is copied at once.
            throw .failed(system == 0 ? "the connection was cut" : unsafe String(cString: strerror(system)))
        default: throw reason()
        }
    }

    /// What libssl says about the last failure.
    private func reason() -> TLSError {
        let verdict = unsafe SSL_get_verify_result(connection)
        if verdict != Int(X509_V_OK) {
            ERR_clear_error()
            return .certificate(unsafe String(cString: X509_verify_cert_error_string(verdict)))
        }
        let code = ERR_peek_error()
        ERR_clear_error()
        guard code != 0, let text = unsafe ERR_reason_error_string(code) else {
            return .failed("the other side speaks no TLS that we accept")
        }
        return .failed(unsafe String(cString: text))
    }
}
