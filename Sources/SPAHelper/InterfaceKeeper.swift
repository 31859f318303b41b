internal import SPACapture
internal import SPAChannel
internal import SPASystem

/// Keeps the capture at the interface that the configuration names, whenever there is one.
final class InterfaceKeeper {
    private let watch: LinkWatch
    private let promiscuous: Bool
    private var follower: InterfaceFollower

    /// The name that stands for all interfaces.
    static let everywhere = "any"

    /// - Parameter interface: one that need not exist, or `any`.
    init(interface: String, promiscuous: Bool) throws(HelperFailure) {
        // Nothing that is no name could ever come up.
        guard (1...CaptureState.nameLimit).contains(interface.utf8.count),
            !interface.utf8.contains(UInt8(ascii: "/"))
        else {
            throw HelperFailure(
                reason: "cannot capture: interface \(interface): not the name of an interface")
        }
        watch = try HelperFailure.wrap { () throws(SystemError) in try LinkWatch() }
        self.promiscuous = promiscuous
        follower = InterfaceFollower(configured: interface)
    }

    /// Adds what to wait for.
    func register(in poller: inout Poller) { poller.add(watch.descriptor.number, .readable) }

    /// When to look again at the latest, on the boot clock.
    var nextLook: Int64? { follower.nextLook }

    /// The first look, before privileges are given up.
    func begin(_ capture: borrowing Capture, at moment: Int64) throws(HelperFailure) -> HelperEvent? {
        guard follower.configured == InterfaceKeeper.everywhere else { return look(capture, at: moment) }
        try HelperFailure.wrap { () throws(SystemError) in
            try capture.bind(to: .everywhere(.v4), promiscuous: false)
        }
        return .capture(.up(InterfaceKeeper.everywhere), untold: 0)
    }

    /// Looks again where something has changed; what to tell.
    func advance(_ capture: borrowing Capture, at moment: Int64) -> HelperEvent? {
        let hasChanged = watch.acknowledge()
        let isDue = follower.nextLook.map { $0 <= moment } ?? false
        guard hasChanged || isDue, follower.configured != InterfaceKeeper.everywhere else { return nil }
        return look(capture, at: moment)
    }

    private func look(_ capture: borrowing Capture, at moment: Int64) -> HelperEvent? {
        let view = InterfaceFollower.View(
            wanted: InterfaceKeeper.interface(capture.interface(named: follower.configured), capture),
            bound: InterfaceKeeper.interface(capture.boundInterface, capture))
        let step = follower.look(view, at: moment)
        if let number = step.bind {
            // Gone again in this moment: then there is news of that to come.
            do throws(SystemError) {
                try capture.bind(to: .interface(number), promiscuous: promiscuous)
            } catch {}
        }
        return step.news.map { .capture($0.state, untold: $0.untold) }
    }

    private static func interface(
        _ number: Int32?, _ capture: borrowing Capture
    ) -> InterfaceFollower.View.Interface? {
        guard let number, let facts = capture.facts(of: number) else { return nil }
        return InterfaceFollower.View.Interface(number: number, name: facts.name, isUp: facts.isUp)
    }
}
