internal import SPAConfig
internal import SPANet
internal import SPASystem

/// A source that answers one datagram with another: STUN, DNS.
///
/// Its socket is connected, so the kernel lets through only what comes from where the question went, and its port is the
/// kernel's random choice.
final class DatagramInquiry: AddressInquiry {
    private let question: DatagramQuestion
    private let host: String
    private let port: UInt16
    private let own: IPAddress?
    private var search: EndpointSearch?
    private var socket: InternetSocket?
    private var sends: [Int64] = []

    init(
        _ kind: AddressSourceKind, _ source: AddressSource, _ question: DatagramQuestion, host: String,
        port: UInt16, own: IPAddress?, start: Int64
    ) {
        (self.question, self.host, self.port, self.own) = (question, host, port, own)
        super.init(kind, source, start: start, patience: AddressTimetable.datagramPatience)
    }

    override var interests: [(Int32, Readiness)] {
        if let number = search?.number { return [(number, .readable)] }
        switch socket {
        case .some(let socket): return [(socket.descriptor.number, .readable)]
        case .none: return []
        }
    }

    override var hasAsked: Bool { isOpen }

    override var nextStep: Int64? { sends.first }

    override func proceed(now: Int64) {
        if !isOpen { open(now: now) }
        if isOpen { receive() }
        guard claim == nil, isOpen, let due = sends.first, due <= now else { return }
        sends.removeFirst()
        send()
    }

    override func letGo() {
        search = nil
        socket = nil
        sends = []
    }

    private var isOpen: Bool {
        switch socket {
        case .some: true
        case .none: false
        }
    }

    private func open(now: Int64) {
        let search = search ?? EndpointSearch(host, port: port)
        self.search = search
        switch search.current() {
        case .waiting: return
        case .failed(let reason): settle(.failed(reason))
        case .found(let endpoints):
            guard let first = endpoints.first else { return settle(.failed("no address")) }
            do throws(SourceSocketError) {
                socket = try SourceSocket.open(.udp, to: first, own: own)
                self.search = nil
                sends = [now] + AddressTimetable.resends.map { now + $0 }
            } catch {
                settle(.failed(error.reason))
            }
        }
    }

    private func send() {
        let bytes = question.encoded
        switch socket {
        // A failure to send is the same as a lost datagram: the timetable goes on.
        case .some(let socket): _ = try? socket.descriptor.send(bytes.span)
        case .none: break
        }
    }

    /// Reads what has come until it is an answer.
    private func receive() {
        var room = [UInt8](repeating: 0, count: 1500)
        while claim == nil {
            var span = room.mutableSpan
            let count: Int
            do throws(SystemError) {
                switch socket {
                case .some(let socket): count = try socket.descriptor.receive(into: &span)
                case .none: return
                }
            } catch {
                if error.code != ErrorCode.wouldBlock { settle(.failed(error.reason)) }
                return
            }
            let datagram = room.span.extracting(0..<count)
            if let claim = question.read(datagram) { settle(claim) }
        }
    }
}
