internal import SPAConfig
internal import SPAHTTP
internal import SPANet
internal import SPASystem
internal import SPATLS

/// A page that tells the address that it is asked from, over TLS unless it was named without.
final class PageInquiry: AddressInquiry {
    private let page: WebAddress
    private let proxy: ProxyServer?
    private let own: IPAddress?
    private var search: EndpointSearch?
    private var endpoints: [InternetEndpoint] = []
    private var connection: PageConnection?
    private var steps: [Step] = []

    /// What is still to be done on the connection.
    private enum Step {
        case connect
        case tunnelRequest, tunnelAnswer
        case handshake
        case request, answer
    }

    init(_ page: WebAddress, proxy: ProxyServer?, own: IPAddress?, start: Int64) {
        (self.page, self.proxy) = (page, proxy)
        // Behind a proxy the way there says nothing.
        self.own = proxy == nil ? own : nil
        super.init(.https, .page(page), start: start, patience: AddressTimetable.pagePatience)
    }

    override var interests: [(Int32, Readiness)] {
        if let number = search?.number { return [(number, .readable)] }
        guard let connection else { return [] }
        return [(connection.number, connection.interest)]
    }

    override func proceed(now: Int64) {
        if connection == nil, endpoints.isEmpty { find() }
        while claim == nil, let connection, let step = steps.first {
            do throws(PageError) {
                guard try perform(step, connection) else { return }
                steps = Array(steps.dropFirst())
            } catch {
                // Another address of the same name may work where this one could not even be reached.
                if case .connect = step, !endpoints.isEmpty { open() } else { settle(.failed(error.reason)) }
            }
        }
    }

    override func letGo() {
        search = nil
        endpoints = []
        connection = nil
        steps = []
    }

    private func find() {
        let search = search ?? EndpointSearch(proxy?.host ?? page.host, port: proxy?.port ?? page.port)
        self.search = search
        switch search.current() {
        case .waiting: return
        case .failed(let reason): settle(.failed(proxy == nil ? reason : "proxy: \(reason)"))
        case .found(let found):
            self.search = nil
            endpoints = Array(found.prefix(3))
            open()
        }
    }

    /// Starts over with the next address.
    private func open() {
        connection = nil
        while !endpoints.isEmpty {
            do throws(SourceSocketError) {
                connection = PageConnection(
                    try SourceSocket.open(.tcp, to: endpoints.removeFirst(), own: own))
                steps = [.connect]
                if proxy != nil { steps += [.tunnelRequest, .tunnelAnswer] }
                if page.isSecure { steps += [.handshake] }
                steps += [.request, .answer]
                return
            } catch {
                if endpoints.isEmpty { settle(.failed(error.reason)) }
            }
        }
    }

    /// False while it has to wait.
    private func perform(_ step: Step, _ connection: PageConnection) throws(PageError) -> Bool {
        switch step {
        case .connect: return try connection.finishConnecting()
        case .tunnelRequest:
            let request = HTTPRequest.connect(
                host: page.host, port: page.port, credentials: proxy?.credentials)
            return try connection.send(request)
        case .tunnelAnswer:
            return try connection.receive(limit: HTTPResponse.headerLimit) { bytes, _ throws(HTTPError) in
                try HTTPRequest.isTunnel(bytes)
            } != nil
        case .handshake: return try connection.secure(for: page.host)
        case .request:
            let request = HTTPRequest.get(
                host: page.host, port: page.port, path: page.path, isSecure: page.isSecure)
            return try connection.send(request)
        case .answer:
            let answer = try connection.receive(limit: HTTPResponse.limit) { bytes, isEnd throws(HTTPError) in
                try HTTPResponse(decoding: bytes, isEnd: isEnd)
            }
            guard let answer else { return false }
            settle(.address(.v4(answer.address), serverDate: answer.date))
            return true
        }
    }
}
