// Unsafe rim: seccomp(2).
internal import CSallyportShims
internal import Glibc

/// What a process may ask of the kernel: an allow list.
package struct SyscallFilter: Sendable, Equatable {
    /// What happens with a call that is not on the list.
    package enum Otherwise: Sendable, Equatable {
        /// The process dies of SIGSYS.
        case kill
        /// The call fails with EPERM: for processes that execute tools, which try this and that.
        case refuse
    }

    package enum Rule: Sendable, Equatable {
        case allow(String)
        /// Allowed where none of `bits` is set in the argument.
        case allowWithout(String, argument: Int32, bits: UInt32)
        /// Allowed where the argument is `value`.
        case allowOnly(String, argument: Int32, value: UInt32)
        /// Fails with this errno, so that the caller takes another way.
        case fail(String, code: Int32)
    }

    package let rules: [Rule]
    package let otherwise: Otherwise

    package init(_ rules: [Rule], otherwise: Otherwise) {
        self.rules = rules
        self.otherwise = otherwise
    }

    /// The calls that may be made, with their numbers on this machine; -1 for those that it does not have.
    package var allowed: [(name: String, number: Int32)] {
        rules.compactMap { rule in
            let name: String
            switch rule {
            case .allow(let call), .allowWithout(let call, _, _), .allowOnly(let call, _, _): name = call
            case .fail: return nil
            }
            // SAFETY: the call only reads the name.
            return (name, unsafe sp_syscall_number(name))
        }
    }

    /// Puts the filter in force, for good. Names that this machine does not have are passed over: they cannot be called.
    func install() throws(PrivilegeError) {
        let list: [sp_syscall_rule] = rules.compactMap { rule in
            switch rule {
            case .allow(let name): SyscallFilter.entry(name, SP_ALLOW)
            case .allowWithout(let name, let argument, let bits):
                SyscallFilter.entry(name, SP_ALLOW_WITHOUT_BITS, argument, bits)
            case .allowOnly(let name, let argument, let value):
                SyscallFilter.entry(name, SP_ALLOW_VALUE, argument, value)
            case .fail(let name, let code): SyscallFilter.entry(name, SP_FAIL, 0, UInt32(code))
            }
        }
        // SAFETY: pointer and count describe the same array for the length of the call.
        let done = unsafe list.withUnsafeBufferPointer {
            unsafe sp_seccomp_install($0.baseAddress, $0.count, otherwise == .kill ? 0 : EPERM)
        }
        guard done == 0 else { throw PrivilegeError(step: "seccomp filter", code: errno) }
    }

    private static func entry(
        _ name: String, _ kind: sp_rule_kind, _ argument: Int32 = 0, _ value: UInt32 = 0
    ) -> sp_syscall_rule? {
        // SAFETY: the call only reads the name.
        let number = unsafe sp_syscall_number(name)
        guard number >= 0 else { return nil }
        return sp_syscall_rule(number: number, kind: Int32(kind.rawValue), argument: argument, value: value)
    }
}
