package import SPAConfig
package import SPANet
package import SPASystem

/// Several sources asked at once, in one loop, with one deadline for all.
package final class AddressRace {
    /// An address that can be true, and the kind of source that told it.
    package struct Answer: Hashable, Sendable {
        package let address: IPv4Address
        package let kind: AddressSourceKind
        /// Whether other stanzas may rely on it: not where anybody on the way could have said it, and not where a program of
        /// the stanza's own did.
        package let mayBeRemembered: Bool
    }

    private let inquiries: [AddressInquiry]
    private let server: IPAddress
    private let start: Int64
    private var open: Set<Int>
    /// What each source has said, in the order in which they did.
    package private(set) var findings: [AddressFinding] = []
    /// The first good answer.
    package private(set) var answer: Answer?

    /// Begins now. `server`: whom a knock would go to.
    init(_ inquiries: [AddressInquiry], server: IPAddress) {
        self.inquiries = inquiries
        self.server = server
        start = MonotonicClock.now()
        open = Set(inquiries.indices)
    }

    /// Whether no further source can answer.
    package var isExhausted: Bool { open.isEmpty }

    /// When ``advance()`` is due at the latest; nil when there is nothing to wait for.
    package var due: Int64? { open.map { inquiries[$0].due }.min() }

    /// Adds the descriptors that are waited for.
    package func wait(in poller: inout Poller) {
        for index in open { inquiries[index].wait(in: &poller) }
    }

    /// Does what can be done without waiting.
    package func advance() {
        let now = MonotonicClock.now()
        for index in open.sorted() {
            let inquiry = inquiries[index]
            inquiry.advance(now: now)
            guard let claim = inquiry.claim else { continue }
            open.remove(index)
            take(claim, inquiry)
        }
    }

    /// Asks nobody any further.
    package func stop() {
        for index in open { inquiries[index].letGo() }
        open = []
    }

    /// The same; whoever was asked and has not spoken is noted as silent.
    package func giveUp() {
        let now = MonotonicClock.now()
        for index in open.sorted() {
            let inquiry = inquiries[index]
            if now >= inquiry.start {
                take(inquiry.hasAsked ? .silent : .failed("no answer about its name"), inquiry)
            }
        }
        stop()
    }

    private func take(_ claim: AddressInquiry.Claim, _ inquiry: AddressInquiry) {
        let milliseconds = (MonotonicClock.now() - inquiry.start) / 1_000_000
        var date: Int64?
        let outcome: AddressFinding.Outcome
        switch claim {
        case .failed(let reason): outcome = .failed(reason)
        case .useless(let reason): outcome = .useless(reason)
        case .silent: outcome = .silent
        case .address(let address, let serverDate):
            date = serverDate
            do throws(AddressVerdict.Refusal) {
                let good = try AddressVerdict.judge(address, server: server)
                outcome = .address(good)
                if answer == nil {
                    answer = Answer(
                        address: good, kind: inquiry.kind, mayBeRemembered: inquiry.source.isSharable)
                }
            } catch {
                outcome = .useless("\(address) is \(error)")
            }
        }
        findings.append(
            AddressFinding(inquiry.source, outcome, milliseconds: milliseconds, serverDate: date))
    }
}
