// Unsafe rim: getifaddrs(3).
internal import CSallyportShims
internal import Glibc
internal import SPANet

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
