internal import SPAHTTP
internal import SPASystem
internal import SPATLS

/// Why a page gives no address: words for a finding.
struct PageError: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }

    init(_ error: HTTPError) {
        reason =
            switch error {
            case .malformed: "the answer is no HTTP"
            case .tooLong: "the answer is too long"
            case .redirected: "it redirects, which is not followed; name the other page"
            case .refused(let status): "it refuses with status \(status)"
            case .noAddress: "the answer does not start with an IPv4 address"
            }
    }
}

/// A connection to a page, plain at first, that never waits.
final class PageConnection {
    private let socket: InternetSocket
    private var tls: TLSConnection?
    private var toSend: [UInt8] = []
    private var sent = 0
    private var isSending = false
    private var received: [UInt8] = []
    /// What the next step waits for.
    private(set) var interest = Readiness.writable

    init(_ socket: consuming InternetSocket) { self.socket = socket }

    var number: Int32 { socket.descriptor.number }

    /// Whether the connection stands.
    func finishConnecting() throws(PageError) -> Bool {
        interest = .writable
        var poller = Poller(capacity: 1)
        poller.add(number, .writable)
        guard (try? poller.wait(nanoseconds: 0)) == 1 else { return false }
        if let error = socket.pendingError() { throw PageError(error.reason) }
        return true
    }

    /// Goes on with the handshake of TLS; true once the other side has shown who it is.
    func secure(for host: String) throws(PageError) -> Bool {
        do throws(TLSError) {
            let tls: TLSConnection
            if let started = self.tls {
                tls = started
            } else {
                tls = try TLSConnection(socket: number, host: host)
            }
            self.tls = tls
            return finish(try tls.handshake()) != nil
        } catch {
            throw PageError(error.description)
        }
    }

    /// Sends `bytes`; called again with the same until it is true.
    func send(_ bytes: [UInt8]) throws(PageError) -> Bool {
        if !isSending { (toSend, sent, isSending) = (bytes, 0, true) }
        while sent < toSend.count {
            guard let count = try write(sent) else { return false }
            guard count > 0 else { throw PageError("the connection was cut") }
            sent += count
        }
        isSending = false
        return true
    }

    /// Reads until `decode` makes something of all that has come; nil while it does not. `decode` learns as well whether
    /// nothing more will come. More than `limit` bytes are an error.
    func receive<Answer>(
        limit: Int, _ decode: (Span<UInt8>, Bool) throws(HTTPError) -> Answer?
    ) throws(PageError) -> Answer? {
        while true {
            var room = [UInt8](repeating: 0, count: 2048)
            guard let count = try read(&room) else { return nil }
            received += room[0..<count]
            let bytes = received
            do throws(HTTPError) {
                if let answer = try decode(bytes.span, count == 0) {
                    received = []
                    return answer
                }
            } catch {
                throw PageError(error)
            }
            guard count > 0 else { throw PageError("the answer is not complete") }
            guard received.count <= limit else { throw PageError(.tooLong) }
        }
    }

    /// Nil when it has to wait.
    private func write(_ start: Int) throws(PageError) -> Int? {
        let bytes = toSend
        let rest = bytes.span.extracting(start..<bytes.count)
        do throws(TLSError) {
            if let tls { return finish(try tls.write(rest)) }
        } catch {
            throw PageError(error.description)
        }
        do throws(SystemError) {
            return finish(try socket.descriptor.tryWrite(rest), .writable)
        } catch {
            throw PageError(error.reason)
        }
    }

    /// The count; 0 at the end, nil when it has to wait.
    private func read(_ room: inout [UInt8]) throws(PageError) -> Int? {
        var span = room.mutableSpan
        do throws(TLSError) {
            if let tls { return finish(try tls.read(into: &span)) }
        } catch {
            throw PageError(error.description)
        }
        do throws(SystemError) {
            return finish(try socket.descriptor.tryRead(into: &span), .readable)
        } catch {
            throw PageError(error.reason)
        }
    }

    private func finish(_ step: TLSStep) -> Int? {
        switch step {
        case .done(let count): return count
        case .end: return 0
        case .needsRead: interest = .readable
        case .needsWrite: interest = .writable
        }
        return nil
    }

    private func finish(_ transfer: Transfer, _ wanted: Readiness) -> Int? {
        switch transfer {
        case .bytes(let count): return count
        case .end: return 0
        case .wouldBlock: interest = wanted
        }
        return nil
    }
}
