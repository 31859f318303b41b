internal import SPASystem

/// The lock that the tools of legacy iptables take around each change, so that none overwrites another's.
///
/// Its file is root's alone. It is opened while the helper is root; from then on the helper takes the lock in the place of
/// its tools. These are shown another file, so that they do not ask for one which they may not open.
final class XtablesLock {
    private let file: FileDescriptor
    private(set) var isHeld = false

    /// Where iptables has it.
    static let path = "/run/xtables.lock"

    /// Opens the file, or makes it as iptables would. Takes nothing.
    init() throws(SystemError) {
        file = try FileDescriptor.open(XtablesLock.path, [.readOnly, .create, .noFollow], mode: 0o600)
    }

    /// For a tool that runs under the lock: what holds the file open keeps the lock, even when the helper is no more.
    var number: Int32 { file.number }

    /// Takes the lock where nobody holds it; never waits. An error counts as somebody else's lock.
    func take() -> Bool {
        if isHeld { return true }
        do throws(SystemError) { isHeld = try file.lockExclusively() } catch { isHeld = false }
        return isHeld
    }

    /// Gives it back, also in the name of a tool that was handed the file.
    func release() {
        guard isHeld else { return }
        file.unlock()
        isHeld = false
    }
}
