// Unsafe rim: namespaces(7), landlock(7), setrlimit(2). Guards the way from root to a process that can do one thing only.
internal import CSallyportShims
internal import Glibc

/// A wall that a kernel or a container may lack.
package enum ConfinementLayer: String, Sendable, CaseIterable {
    case namespaces, landlock, seccomp
}

extension ConfinementLayer {
    /// The layers as bits of a message, in the order of the cases.
    package static func bits(_ layers: some Sequence<ConfinementLayer>) -> UInt8 {
        layers.reduce(0) { bits, layer in
            allCases.firstIndex(of: layer).map { bits | UInt8(1) << UInt8($0) } ?? bits
        }
    }

    /// The layers that `bits` names; unknown bits name nothing.
    package static func layers(_ bits: UInt8) -> Set<ConfinementLayer> {
        Set(allCases.enumerated().filter { bits & (UInt8(1) << UInt8($0.offset)) != 0 }.map(\.element))
    }
}

/// A step of confinement that failed, and the layer that it belongs to; nil for what no machine may lack.
package struct ConfinementError: Error, Equatable, Sendable, CustomStringConvertible {
    package let layer: ConfinementLayer?
    package let cause: PrivilegeError

    package var description: String {
        guard let layer else { return "\(cause)" }
        return
            "this machine lacks the layer \(layer.rawValue) (\(cause)); to run without it all the same, set"
            + " ALLOW_MISSING_LAYERS \(layer.rawValue)"
    }
}

/// A process that still has what it was started with. There is one way on, and one order.
package struct Privileged: ~Copyable {
    package init() {}

    /// Gives up everything that `role` does not need, in the one order in which each step still can be done: namespaces
    /// and empty root, identity and capabilities, landlock, limits, system calls.
    ///
    /// - Parameter lacking: layers that may be missing; any other that cannot be had is an error.
    package consuming func confine(
        _ role: ConfinedRole, as identity: Identity, lacking: Set<ConfinementLayer> = []
    ) throws(ConfinementError) -> Confined {
        var missing: [ConfinementLayer] = []
        func attempt(
            _ layer: ConfinementLayer?, _ steps: () throws(PrivilegeError) -> Void
        ) throws(ConfinementError) {
            do throws(PrivilegeError) {
                try steps()
            } catch {
                guard let layer, lacking.contains(layer) else {
                    throw ConfinementError(layer: layer, cause: error)
                }
                missing.append(layer)
            }
        }
        try attempt(nil) { () throws(PrivilegeError) in
            guard sp_thread_count() == 1 else { throw PrivilegeError(step: "counting threads", code: EBUSY) }
        }
        if role.isIsolated {
            try attempt(.namespaces) { () throws(PrivilegeError) in
                try Privileged.check("own namespaces", sp_unshare_all())
                try Privileged.check("empty root", sp_enter_empty_root())
            }
        }
        try attempt(nil) { () throws(PrivilegeError) in
            try PrivilegeDrop.become(identity, keeping: role.capabilities)
        }
        try attempt(.landlock) { () throws(PrivilegeError) in
            let denied = role.deniedFiles
            try Privileged.check(
                "landlock",
                sp_landlock_deny(denied.contains(.reading) ? 1 : 0, denied.contains(.executing) ? 1 : 0))
        }
        try attempt(nil) { () throws(PrivilegeError) in try role.limits.apply() }
        try attempt(.seccomp) { () throws(PrivilegeError) in try role.filter?.install() }
        return Confined(missing: missing)
    }

    private static func check(_ step: String, _ result: Int32) throws(PrivilegeError) {
        guard result == 0 else { throw PrivilegeError(step: step, code: errno) }
    }
}

/// Proof that a process is confined. Made by ``Privileged/confine(_:as:lacking:)`` alone; the loops that read foreign bytes
/// ask for it.
package struct Confined: ~Copyable {
    /// Layers that this machine does not have, and that the configuration lets be missing.
    package let missing: [ConfinementLayer]

    fileprivate init(missing: [ConfinementLayer]) { self.missing = missing }
}

/// What a process of the server keeps.
package struct ConfinedRole: Sendable {
    let capabilities: [KeptCapability]
    /// Whether it gets namespaces and an empty root of its own.
    let isIsolated: Bool
    /// What landlock denies on every file beside writing, making and removing, which it denies to all.
    let deniedFiles: Set<FileAccess>
    let limits: ResourceLimits
    let filter: SyscallFilter?

    /// The same without the filter of system calls, for the tests that prove the other walls.
    package var withoutFilter: ConfinedRole {
        ConfinedRole(
            capabilities: capabilities, isIsolated: isIsolated, deniedFiles: deniedFiles, limits: limits,
            filter: nil)
    }

    package static let worker = ConfinedRole(
        capabilities: [], isIsolated: true, deniedFiles: [.reading, .executing],
        limits: ResourceLimits(files: 16, processes: 0, fileSize: 4 << 20, addressSpace: 1 << 30),
        filter: .worker)

    package static let helper = ConfinedRole(
        capabilities: [.netRaw, .netAdmin], isIsolated: false, deniedFiles: [],
        limits: ResourceLimits(files: 256, processes: 64, fileSize: 64 << 20, addressSpace: 4 << 30),
        filter: .helper)

    package static let supervisor = ConfinedRole(
        capabilities: [], isIsolated: false, deniedFiles: [.executing],
        limits: ResourceLimits(files: 64, processes: 0, fileSize: nil, addressSpace: 1 << 30),
        filter: .supervisor)
}

/// Ways of using a file that a role may do without.
enum FileAccess: Sendable { case reading, executing }

/// Hard limits (setrlimit(2)); nil leaves one as it is.
struct ResourceLimits: Sendable {
    let files: UInt64
    let processes: UInt64
    let fileSize: UInt64?
    let addressSpace: UInt64

    func apply() throws(PrivilegeError) {
        let all: [(String, Int32, UInt64?)] = [
            ("limit of files", 0, files), ("limit of processes", 1, processes),
            ("limit of file size", 2, fileSize),
            ("limit of memory", 3, addressSpace), ("limit of locked memory", 4, 0), ("limit of queues", 5, 0),
        ]
        for (step, what, most) in all {
            guard let most else { continue }
            guard sp_limit(what, most) == 0 else { throw PrivilegeError(step: step, code: errno) }
        }
    }
}
