// Unsafe rim: the notification socket of systemd, sd_notify(3).
internal import CSallyportShims

/// The service manager that started us, where it wants to be told about readiness.
///
/// The protocol is a datagram of lines to the socket that NOTIFY_SOCKET names; it needs no library.
package final class ServiceManager {
    private let socket: FileDescriptor

    /// Connects while that is still possible; nil where nobody wants to be told.
    package init?() {
        guard let path = CurrentProcess.environment("NOTIFY_SOCKET"), !path.isEmpty else { return nil }
        // SAFETY: the call copies the path.
        let number = unsafe sp_connect_datagram(path)
        guard number >= 0 else { return nil }
        socket = FileDescriptor(owning: number)
    }

    /// Tells `state`, for example `READY=1`. A manager that does not listen is no reason to stop.
    package func tell(_ state: String) {
        let bytes = Array(state.utf8)
        do throws(SystemError) { _ = try socket.write(bytes.span) } catch {}
    }
}
