// Unsafe rim: rtnetlink(7), of which only the fact is taken that there is news.
internal import CSallyportShims
package import SPASystem

/// Becomes readable when some interface of this network namespace comes, goes, or changes its name or state.
package struct LinkWatch: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    package init() throws(SystemError) {
        descriptor = try FileDescriptor(result: sp_link_watch(), of: "rtnetlink")
    }

    /// Whether something has changed since the last call.
    package borrowing func acknowledge() -> Bool { sp_link_changed(descriptor.number) == 1 }
}
