// Unsafe rim: capabilities(7), credentials(7), prctl(2). Guards the step from root to nobody in particular.
internal import CLibcap
internal import CSallyportShims
internal import Glibc

/// The step of giving up privileges that failed. The process must end: it may hold more than it should.
package struct PrivilegeError: Error, Equatable, Sendable, CustomStringConvertible {
    package let step: String
    package let code: Int32

    package var description: String { "giving up privileges: \(step) failed (errno \(code))" }
}

/// The capabilities that a process of ours may keep.
package enum KeptCapability: Sendable, CaseIterable {
    /// To capture frames.
    case netRaw
    /// To edit the firewall.
    case netAdmin

    fileprivate var value: cap_value_t {
        switch self {
        case .netRaw: CAP_NET_RAW
        case .netAdmin: CAP_NET_ADMIN
        }
    }
}

/// From root to an identity without privilege, for good.
package enum PrivilegeDrop {
    /// First thing in each process of the server: memory that will hold keys leaves it neither as a core file nor through
    /// a debugger of the same user.
    package static func protectMemory() throws(PrivilegeError) {
        try check("no core", sp_no_core())
        try check("not dumpable", sp_not_dumpable())
    }

    /// Becomes `identity` with the `kept` capabilities alone: in the permitted, effective, inheritable, bounding and
    /// ambient sets (the last, so that a firewall tool which is executed has them too). No group, no new privileges
    /// ever, no core, not traceable. Verifies the result.
    ///
    /// Capabilities belong to a thread (capabilities(7)), so a program with a second one is refused.
    package static func become(_ identity: Identity, keeping kept: [KeptCapability]) throws(PrivilegeError) {
        guard sp_thread_count() == 1 else { throw PrivilegeError(step: "counting threads", code: EBUSY) }
        try check("no core", sp_no_core())
        try check("no new privileges", sp_no_new_privs())
        try dropBounding(except: kept)
        // From here on neither the user id nor an executed file of root's brings capabilities back.
        try check("securebits", sp_securebits_lock())
        try check("supplementary groups", sp_clear_groups())
        try check("group id", sp_setresgid(identity.group))
        try check("user id", sp_setresuid(identity.user))
        try setCapabilities(kept)
        for capability in kept {
            try check("ambient capability", cap_set_ambient(capability.value, CAP_SET))
        }
        try check("not dumpable", sp_not_dumpable())
        try verify(identity, kept)
    }

    private static func dropBounding(except kept: [KeptCapability]) throws(PrivilegeError) {
        let values = kept.map(\.value)
        var capability: cap_value_t = 0
        // The kernel's list is longer or shorter than the header's; it ends where asking fails.
        while cap_get_bound(capability) >= 0 {
            if !values.contains(capability) { try check("bounding set", cap_drop_bound(capability)) }
            capability += 1
        }
        guard capability > 0 else { throw PrivilegeError(step: "bounding set", code: EINVAL) }
    }

    private static func setCapabilities(_ kept: [KeptCapability]) throws(PrivilegeError) {
        guard let state = unsafe cap_init() else { throw PrivilegeError(step: "cap_init", code: errno) }
        defer { unsafe cap_free(UnsafeMutableRawPointer(state)) }
        let values = kept.map(\.value)
        if !values.isEmpty {
            for flag in [CAP_PERMITTED, CAP_EFFECTIVE, CAP_INHERITABLE] {
                // SAFETY: libcap reads `count` values of the array that lives through the call.
                let result = unsafe values.withUnsafeBufferPointer {
                    unsafe cap_set_flag(state, flag, Int32($0.count), $0.baseAddress, CAP_SET)
                }
                try check("capability flags", result)
            }
        }
        try check("capabilities", unsafe cap_set_proc(state))
    }

    private static func verify(_ identity: Identity, _ kept: [KeptCapability]) throws(PrivilegeError) {
        guard sp_getresuid_equal(identity.user, identity.group) == 1, getgroups(0, nil) == 0 else {
            throw PrivilegeError(step: "verifying the identity", code: EPERM)
        }
        guard let state = unsafe cap_get_proc() else {
            throw PrivilegeError(step: "cap_get_proc", code: errno)
        }
        defer { unsafe cap_free(UnsafeMutableRawPointer(state)) }
        let values = kept.map(\.value)
        var capability: cap_value_t = 0
        while cap_get_bound(capability) >= 0 {
            let wanted = values.contains(capability)
            for flag in [CAP_PERMITTED, CAP_EFFECTIVE, CAP_INHERITABLE] {
                var value = CAP_CLEAR
                guard unsafe cap_get_flag(state, capability, flag, &value) == 0, (value == CAP_SET) == wanted
                else {
                    throw PrivilegeError(step: "verifying capability \(capability)", code: EPERM)
                }
            }
            guard (cap_get_bound(capability) == 1) == wanted, (cap_get_ambient(capability) == 1) == wanted
            else {
                throw PrivilegeError(step: "verifying capability \(capability)", code: EPERM)
            }
            capability += 1
        }
        // The way back must be closed.
        guard sp_setresuid(0) != 0 else {
            throw PrivilegeError(step: "verifying that root is gone", code: EPERM)
        }
    }

    private static func check(_ step: String, _ result: Int32) throws(PrivilegeError) {
        guard result == 0 else { throw PrivilegeError(step: step, code: errno) }
    }
}
