internal import SPAConfig
internal import SPANet
internal import SPASystem

/// One source while it is being asked. None ever waits: each step does what can be done at the moment.
class AddressInquiry {
    let kind: AddressSourceKind
    let source: AddressSource
    /// When to begin, nanoseconds of the ``MonotonicClock``.
    let start: Int64
    private let patience: Int64
    /// The outcome, once there is one.
    private(set) var claim: Claim?
    private var hasBegun = false

    /// What a source has come to, before anybody has judged it.
    enum Claim {
        case address(IPAddress, serverDate: Int64?)
        /// An answer without an address: why.
        case useless(String)
        case silent
        case failed(String)
    }

    init(_ kind: AddressSourceKind, _ source: AddressSource, start: Int64, patience: Int64) {
        (self.kind, self.source, self.start, self.patience) = (kind, source, start, patience)
    }

    /// When something is to be done even if no descriptor is ready.
    final var due: Int64 { hasBegun ? min(start + patience, nextStep ?? .max) : start }

    /// Does what can be done at `now`.
    final func advance(now: Int64) {
        guard claim == nil, now >= start else { return }
        hasBegun = true
        proceed(now: now)
        if claim == nil, now >= start + patience {
            settle(hasAsked ? .silent : .failed("no answer about its name"))
        }
    }

    /// Adds what it waits for.
    final func wait(in poller: inout Poller) {
        guard claim == nil else { return }
        for (number, readiness) in interests { poller.add(number, readiness) }
    }

    final func settle(_ claim: Claim) {
        if self.claim == nil { self.claim = claim }
        letGo()
    }

    // For the kinds of sources.

    /// Descriptors, and what they are waited for.
    var interests: [(Int32, Readiness)] { [] }
    /// Whether a question went out.
    var hasAsked: Bool { true }
    /// A moment of its own to be called at.
    var nextStep: Int64? { nil }
    func proceed(now: Int64) {}
    /// Closes and ends what is open.
    func letGo() {}
}
