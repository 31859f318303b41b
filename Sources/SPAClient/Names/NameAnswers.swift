package import SPASystem

/// What the resolver has said about one name so far: it is asked for each family on its own, so that an answer which does not
/// come holds up nothing but itself.
package struct NameAnswers: Hashable, Sendable {
    /// Nanoseconds that addresses of IPv4 wait for those of IPv6 (the resolution delay of RFC 8305 section 3).
    package static let resolutionDelay: Int64 = 50_000_000
    /// The same for a single knock, which cannot be added to later.
    package static let singleKnockDelay: Int64 = 1_000_000_000

    /// Families that are asked for and have not answered.
    package private(set) var waiting: Set<AddressFamily>
    private let isForOneKnock: Bool
    private var found: [AddressFamily: [InternetEndpoint]] = [:]
    private var reasons: [AddressFamily: String] = [:]
    /// When the first addresses came.
    private var first: Int64?
    /// Nobody waits any longer for what is missing.
    private var isDelayOver = false

    /// Nothing yet, from `families`. `isForOneKnock`: whoever asks makes use of what has come once, and never again.
    package init(asking families: Set<AddressFamily>, isForOneKnock: Bool = false) {
        (waiting, self.isForOneKnock) = (families, isForOneKnock)
    }

    /// Addresses of `family` came at `now` (nanoseconds of some clock).
    package mutating func take(_ addresses: [InternetEndpoint], _ family: AddressFamily, now: Int64) {
        guard waiting.remove(family) != nil, !addresses.isEmpty else { return }
        found[family] = addresses
        first = first ?? now
    }

    /// `family` has no address, for a reason in the resolver's words.
    package mutating func take(failure reason: String, _ family: AddressFamily) {
        guard waiting.remove(family) != nil else { return }
        reasons[family] = reason
    }

    /// Whether what has come is enough to go on with: all of it, or addresses of IPv6, or those of IPv4 once they have waited
    /// for the others.
    package func isReady(now: Int64) -> Bool {
        guard let first else { return false }
        return isEnough || now >= first + delay
    }

    /// When ``isReady(now:)`` changes by itself; nil where only an answer changes it. One that has passed stays, so that nobody
    /// misses it, until ``endDelay(now:)``.
    package var due: Int64? { isEnough ? nil : first.map { $0 + delay } }

    /// Notes that the time for what is missing is over, where it is.
    package mutating func endDelay(now: Int64) {
        if let due, now >= due { isDelayOver = true }
    }

    private var isEnough: Bool { waiting.isEmpty || !isForOneKnock && found[.v6] != nil || isDelayOver }

    private var delay: Int64 {
        isForOneKnock ? NameAnswers.singleKnockDelay : NameAnswers.resolutionDelay
    }

    /// The families with addresses.
    package var families: Set<AddressFamily> { Set(found.keys) }

    /// The addresses of one family, in the resolver's order.
    package func addresses(_ family: AddressFamily) -> [InternetEndpoint] { found[family] ?? [] }

    /// All that have come, the families in turn (RFC 8305 section 4), each in the resolver's order; `preferred` begins.
    package func endpoints(preferring preferred: AddressFamily) -> [InternetEndpoint] {
        let same = addresses(preferred)
        let other = addresses(preferred == .v6 ? .v4 : .v6)
        var order: [InternetEndpoint] = []
        for index in 0..<max(same.count, other.count) {
            if index < same.count { order.append(same[index]) }
            if index < other.count { order.append(other[index]) }
        }
        return order
    }

    /// Why there is no address and none will come, in the resolver's words; nil while there is one or one may.
    package var failure: String? {
        guard waiting.isEmpty, found.isEmpty else { return nil }
        return reasons[.v4] ?? reasons[.v6] ?? "no address"
    }
}
