package import SPAConfig
internal import SPAHTTP
internal import SPANet
internal import SPASystem

/// From the rc file's words to sources that can be asked.
package enum AddressSources {
    /// Asked over STUN, over HTTPS and over DNS when the configuration names none.
    package static let stunServers = StunServerName.builtIn
    package static let page = WebAddress(isSecure: true, host: "ipv4.icanhazip.com", port: 443, path: "/")
    package static let questions = [
        AddressDNS(name: "o-o.myaddr.l.google.com", record: .txt, server: "ns1.google.com", port: 53),
        AddressDNS(name: "whoami.cloudflare", record: .chaosTXT, server: "1.1.1.1", port: 53),
    ]

    /// A race of all sources, each at its time; `atOnce` where every answer is wanted. `own` is our address on the route
    /// to the server. `delay` in nanoseconds.
    static func race(
        _ settings: AddressSettings, server: IPAddress, own: IPAddress?, delay: Int64 = 0,
        atOnce: Bool = false
    ) -> AddressRace {
        let now = MonotonicClock.now() + delay
        var inquiries: [AddressInquiry] = []
        for (place, kind) in settings.kinds.enumerated() {
            func start(_ index: Int, throughProxy: Bool = false) -> Int64 {
                atOnce
                    ? now
                    : now + AddressTimetable.start(kind: place, source: index, throughProxy: throughProxy)
            }
            switch kind {
            case .stun:
                for (index, name) in names(settings).enumerated() {
                    inquiries.append(
                        DatagramInquiry(
                            .stun, .stun("\(name.host):\(name.port)"), .stun(), host: name.host.text,
                            port: name.port, own: own, start: start(index)))
                }
            case .dns:
                let questions = settings.questions.isEmpty ? questions : settings.questions
                for (index, question) in questions.enumerated() {
                    guard let datagram = DatagramQuestion.dns(question) else { continue }
                    inquiries.append(
                        DatagramInquiry(
                            .dns, .dns(question), datagram, host: question.server, port: question.port,
                            own: own, start: start(index)))
                }
            case .https:
                let page = self.page(settings)
                switch proxy(for: page) {
                case .direct: inquiries.append(PageInquiry(page, proxy: nil, own: own, start: start(0)))
                case .through(let proxy):
                    inquiries.append(
                        PageInquiry(page, proxy: proxy, own: own, start: start(0, throughProxy: true)))
                case .unusable:
                    let inquiry = AddressInquiry(.https, .page(page), start: now, patience: 0)
                    inquiry.settle(.failed("the proxy of the environment is not http://host:port"))
                    inquiries.append(inquiry)
                }
            case .command:
                if let words = settings.command {
                    inquiries.append(CommandInquiry(words, start: start(0)))
                }
            }
        }
        return AddressRace(inquiries, server: server)
    }

    /// What is asked, for a message to the user.
    static func description(_ settings: AddressSettings) -> String {
        settings.kinds.map { kind in
            switch kind {
            case .stun: names(settings).map { "\($0.host):\($0.port)" }.joined(separator: ", ")
            case .https: page(settings).description
            case .dns:
                (settings.questions.isEmpty ? questions : settings.questions).map(\.description)
                    .joined(separator: ", ")
            case .command: settings.command?.first ?? ""
            }
        }.joined(separator: ", ")
    }

    private static func names(_ settings: AddressSettings) -> [StunServerName] {
        (settings.stunServers.isEmpty ? stunServers : settings.stunServers).compactMap { StunServerName($0) }
    }

    /// RESOLVE_URL, else the built-in page, without TLS where RESOLVE_HTTP_ONLY says so.
    static func page(_ settings: AddressSettings) -> WebAddress {
        if let page = settings.page { return page }
        guard settings.isPlain else { return page }
        return WebAddress(isSecure: false, host: page.host, port: 80, path: page.path)
    }

    private static func proxy(for page: WebAddress) -> ProxyRules.Choice {
        guard page.isSecure else { return .direct }
        return ProxyRules.choice(host: page.host, port: page.port) { CurrentProcess.environment($0) }
    }
}
