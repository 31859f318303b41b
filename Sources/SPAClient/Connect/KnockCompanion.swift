package import SPASystem

/// Why a knock goes out.
package enum KnockOccasion: Sendable {
    case first
    /// Earlier ones have opened nothing so far.
    case again
    /// Something has come that no knock has asked for, or a server that none has gone to.
    case news
}

/// What a companion of the connection attempts has come to.
package struct KnockNews: Sendable {
    /// A knock shall go out now.
    package var callsForKnock = false
    /// Families for which a packet has arrived that was still on its way.
    package var delivered: Set<AddressFamily> = []

    package init() {}
}

/// Who finds out where to knock and for what, and does it, in the same loop as the connection attempts.
package protocol KnockCompanion: AnyObject {
    /// When ``advance()`` is due at the latest, in nanoseconds of the ``MonotonicClock``; nil for no time of its own.
    var due: Int64? { get }
    /// Adds the descriptors that it waits for.
    func wait(in poller: inout Poller)
    /// Does what can be done without waiting.
    func advance() throws(ClientFailure) -> KnockNews
    /// Where to connect to, beyond what was named in an earlier call; the likeliest first.
    func takeTargets() -> [InternetEndpoint]
    /// Knocks with fresh packets, without waiting. The families that were asked for, maybe none.
    func knock(_ occasion: KnockOccasion) throws(ClientFailure) -> Set<AddressFamily>
}
