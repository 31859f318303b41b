// Unsafe rim: getaddrinfo(3) and getifaddrs(3).
internal import CSallyportShims
internal import Glibc
internal import SPANet

/// Why a name has no address.
package struct LookupError: Error, Hashable, Sendable, CustomStringConvertible {
    package let host: String
    /// The resolver's words.
    package let reason: String
    package var description: String { "\(host): \(reason)" }
}

/// The system's resolver. It blocks; put a ``Deadline`` around it.
package enum Resolver {
    /// The addresses of `host`, in the resolver's order, port 0; numbers (with `%interface`) are names too. `family`
    /// nil looks for both. Never empty.
    package static func lookup(
        _ host: String, family: AddressFamily? = nil
    ) throws(LookupError) -> [InternetEndpoint] {
        var found = [sp_address](repeating: sp_address(), count: 32)
        var count = 0
        // SAFETY: pointer and capacity describe the same array.
        let code = unsafe found.withUnsafeMutableBufferPointer {
            unsafe sp_resolve(host, family?.rawValue ?? 0, $0.baseAddress, $0.count, &count)
        }
        if code != 0 {
            let system = errno
            let reason =
                sp_resolve_error_is_system(code) == 1
                ? SystemError.text(system) : unsafe String(cString: sp_resolve_error_text(code))
            throw LookupError(host: host, reason: reason)
        }
        var seen = Set<InternetEndpoint>()
        let endpoints = found[0..<count].map { InternetEndpoint($0) }.filter { seen.insert($0).inserted }
        guard !endpoints.isEmpty else { throw LookupError(host: host, reason: "no address") }
        return endpoints
    }
}

/// This machine's own networks.
package enum NetworkInterfaces {
    /// Names of the interfaces that there are, in the kernel's order; empty where they cannot be read.
    package static func names() -> [String] {
        guard let list = unsafe if_nameindex() else { return [] }
        defer { unsafe if_freenameindex(list) }
        var names: [String] = []
        var entry = unsafe list
        // SAFETY: the list ends with an entry without a name, and lives until it is freed above.
        while let name = unsafe entry.pointee.if_name {
            names.append(unsafe String(cString: name))
            unsafe entry += 1
        }
        return names
    }

    /// Address and prefix of every interface that is up.
    package static func networks() throws(SystemError) -> [InterfaceNetwork] {
        var found = [sp_network](repeating: sp_network(), count: 256)
        var count = 0
        // SAFETY: pointer and capacity describe the same array.
        let result = unsafe found.withUnsafeMutableBufferPointer {
            unsafe sp_interface_networks($0.baseAddress, $0.count, &count)
        }
        guard result == 0 else { throw SystemError.last("getifaddrs") }
        return found[0..<count].map { entry in
            var entry = entry
            return InterfaceNetwork(
                address: InternetEndpoint(entry.address).address, prefixLength: Int(entry.prefix),
                interface: InterfaceName.text(&entry.name))
        }
    }
}
