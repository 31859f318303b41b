internal import SPACapture
internal import SPAChannel
internal import SPAFirewall
internal import SPANet
internal import SPAPrivilege
internal import SPASystem

// The privileged half of the server: captures frames and hands them on unread, opens doors within its own limits, and
// keeps their time. It may not import anything that reads a packet, a key or a configuration file.

/// The program `spad-helper`.
package enum Helper {
    /// Descriptors that the supervisor hands over.
    private enum Inherited {
        static let supervisor: Int32 = 3
        static let frames: Int32 = 4
        static let grants: Int32 = 5
    }

    /// Runs until the supervisor or the worker ends; the exit status.
    package static func run() -> Int32 {
        SignalPolicy.ignoreBrokenPipe()
        SignalPolicy.keepEndedChildren()
        let link = SupervisorLink(MessageSocket(owning: FileDescriptor(owning: Inherited.supervisor)))
        let frames = MessageSocket(owning: FileDescriptor(owning: Inherited.frames))
        let worker = WorkerLink(MessageSocket(owning: FileDescriptor(owning: Inherited.grants)))
        do throws(PrivilegeError) {
            try PrivilegeDrop.protectMemory()
        } catch {
            link.send(.message(.error, "\(error)"))
            return 1
        }
        do throws(HelperFailure) {
            let signals = try HelperFailure.wrap { () throws(SystemError) in
                try SignalDescriptor([.child, .terminate, .interrupt, .hangUp, .user1, .user2])
            }
            let clock = try HelperFailure.wrap { () throws(SystemError) in try ClockChangeWatch() }
            var (setup, desk) = try HelperStart.receiveSettings(link)
            let forwarder = try HelperStart.openCapture(setup, worker: frames)
            let interface = try HelperStart.followInterface(setup, forwarder, link)
            let follower = try HelperStart.openConnections(desk.limits)
            let lock = HelperStart.openXtablesLock()
            let lock6 = HelperStart.openXtablesLock()
            let confined = try HelperStart.confine(setup, link)
            let keeper = try HelperStart.firewallKeeper(setup, desk.limits, lock)
            let (keeper6, notice) = HelperStart.ipv6Keeper(setup, desk.limits, lock6)
            if setup.opensIPv6, let notice {
                link.send(.message(.notice, "No door is opened over IPv6: \(notice)"))
            }
            desk.opensIPv6 = setup.opensIPv6 && keeper6 != nil
            desk.opensPrefixes = follower != nil
            let loop = HelperLoop(
                link: link, worker: worker, signals: signals, clock: clock, forwarder: forwarder,
                interface: interface, firewall: Firewall(keeper, keeper6, setup), follower: follower,
                desk: desk
            )
            try loop.run(confined)
            return 0
        } catch {
            link.flush()
            if let reason = error.reason { link.send(.message(.error, reason)) }
            return 1
        }
    }
}

/// Why the helper ends early; nil where the other side is gone and nobody is left to be told.
struct HelperFailure: Error {
    let reason: String?

    static func wrap<T: ~Copyable>(_ body: () throws(SystemError) -> T) throws(HelperFailure) -> T {
        do throws(SystemError) { return try body() } catch { throw HelperFailure(reason: "\(error)") }
    }
}
