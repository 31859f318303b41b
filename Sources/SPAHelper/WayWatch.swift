/// Whether packets still get as far as our chain: after new rules the rules of the parent chain are compared with those that
/// were last found in order.
struct WayWatch {
    /// Whether rules came since the last look.
    var isDoubted = false
    private var lastLook = -WayWatch.pause
    private var seen: String?
    private var approved: String?

    /// Shortest time between two looks: a burst of knocks costs one.
    private static let pause: Int64 = 1_000_000_000

    /// When to look, on the boot clock; nil when there is no need.
    var due: Int64? { isDoubted ? lastLook + WayWatch.pause : nil }

    /// Whether to look now.
    mutating func begin(at moment: Int64) -> Bool {
        guard let due, due <= moment else { return false }
        (isDoubted, lastLook) = (false, moment)
        return true
    }

    /// Takes what the tool printed; whether it is something new, which asks for a closer look.
    mutating func hasChanged(_ text: String) -> Bool {
        seen = text
        return text != approved
    }

    /// The closer look has found nothing to mend.
    mutating func approve() { approved = seen }
}
