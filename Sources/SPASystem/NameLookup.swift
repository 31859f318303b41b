// Unsafe rim: a child process that asks the resolver.
internal import CSallyportShims
internal import Glibc
internal import SPANet

/// A lookup that runs beside other work: the system's resolver blocks, so a short-lived child asks it.
///
/// The child is a copy of this process that calls nothing but the resolver, holds none of our descriptors, and dies with
/// its parent. Letting go of the value ends it.
package final class NameLookup {
    package enum State: Sendable {
        case waiting
        /// Never empty; port 0.
        case found([InternetEndpoint])
        /// The resolver's words.
        case failed(reason: String)
    }

    private let process: ChildProcess
    private let pipe: FileDescriptor

    /// Asks for the addresses of `host` in one family.
    package init(_ host: String, family: AddressFamily) throws(SystemError) {
        var id: pid_t = 0
        // SAFETY: the shim reads the text and writes one number before it returns.
        let number = unsafe sp_lookup_start(host, family.rawValue, &id)
        pipe = try FileDescriptor(result: number, of: "fork")
        process = ChildProcess(id: id)
    }

    /// Readable when there is an answer.
    package var number: Int32 { pipe.number }

    /// How far it is; call it again after ``State/waiting`` only.
    package func state() -> State {
        var found = [sp_address](repeating: sp_address(), count: 16)
        var count = 0
        var system: Int32 = 0
        let number = pipe.number
        // SAFETY: pointer and capacity describe the same array.
        let code = unsafe found.withUnsafeMutableBufferPointer {
            unsafe sp_lookup_answer(number, $0.baseAddress, $0.count, &count, &system)
        }
        switch code {
        case -1: return .waiting
        case 0:
            var seen = Set<InternetEndpoint>()
            let endpoints = found[0..<count].map { InternetEndpoint($0) }.filter { seen.insert($0).inserted }
            return endpoints.isEmpty ? .failed(reason: "no address") : .found(endpoints)
        case -2: return .failed(reason: "the lookup ended without an answer")
        default:
            let reason =
                sp_resolve_error_is_system(code) == 1
                ? SystemError.text(system) : unsafe String(cString: sp_resolve_error_text(code))
            return .failed(reason: reason)
        }
    }

    deinit { process.endNow() }
}
