// Unsafe rim: rtnetlink(7).
internal import CSallyportShims
package import SPANet

/// Where packets to some address leave this machine.
package struct Route: Hashable, Sendable {
    /// The interface's name.
    package let interface: String
    /// The next router; nil where the destination is on the cable itself.
    package let gateway: IPAddress?
    /// The address of ours that such packets carry.
    package let source: IPAddress?

    package init(interface: String, gateway: IPAddress?, source: IPAddress?) {
        (self.interface, self.gateway, self.source) = (interface, gateway, source)
    }

    /// What the kernel says about `destination`; nothing is sent.
    package init(to destination: IPAddress) throws(SystemError) {
        var to = InternetEndpoint(destination, port: 0).raw
        var found = sp_route()
        // SAFETY: both values live until the call returns.
        guard unsafe sp_route_to(&to, &found) == 0 else {
            throw SystemError.last("route to \(destination)")
        }
        interface = InterfaceName.text(&found.interface)
        gateway = found.gateway.family == 0 ? nil : InternetEndpoint(found.gateway).address
        source = found.source.family == 0 ? nil : InternetEndpoint(found.source).address
    }
}

/// The kernel's field for the name of an interface.
enum InterfaceName {
    // SAFETY: the shims fill the field with a text that ends inside of it; the bound is the field's own size.
    static func text<Field>(_ field: inout Field) -> String {
        unsafe withUnsafeBytes(of: &field) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
