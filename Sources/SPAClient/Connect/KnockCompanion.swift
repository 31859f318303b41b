package import SPASystem

/// What runs in the same loop as the connection attempts, and may call for a knock of its own.
package protocol KnockCompanion: AnyObject {
    /// When ``advance()`` is due at the latest, in nanoseconds of the ``MonotonicClock``; nil for no time of its own.
    var due: Int64? { get }
    /// Adds the descriptors that it waits for.
    func wait(in poller: inout Poller)
    /// Does what can be done without waiting; true when a knock shall go out now.
    func advance() -> Bool
    /// A knock is about to go out; `again`: earlier ones have opened nothing so far.
    func willKnock(again: Bool)
}
