// Unsafe rim: libpcap's compiler of filter expressions, and nothing else of it.
internal import CLibpcap

/// What libpcap says against an expression.
package struct FilterError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
}

/// From pcap-filter(7) to classic BPF.
package enum CaptureFilter {
    /// The instructions, 8 bytes each as in the kernel's `struct sock_filter`, for packets that start with their IP header.
    ///
    /// - Parameter length: what the filter returns for a packet that passes: bytes to keep, 1...262144.
    package static func compile(_ expression: String, length: Int32) throws(FilterError) -> [UInt8] {
        guard let handle = unsafe pcap_open_dead(DLT_RAW, length) else {
            throw FilterError(description: "no memory")
        }
        defer { unsafe pcap_close(handle) }
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, expression, 1, 0xffff_ffff) == 0 else {
            guard let words = unsafe pcap_geterr(handle) else {
                throw FilterError(description: "no reason given")
            }
            throw FilterError(description: unsafe String(cString: words))
        }
        defer { unsafe pcap_freecode(&program) }
        // SAFETY: libpcap filled in pointer and count of the instructions, which live until they are freed above.
        let code = unsafe UnsafeRawBufferPointer(
            UnsafeBufferPointer(start: program.bf_insns, count: Int(program.bf_len)))
        return unsafe Array(code)
    }
}
