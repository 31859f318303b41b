// Unsafe rim: owns one libpcap handle. Frames are lent to a closure and never looked at here.
internal import CLibpcap

/// What went wrong with a capture, in libpcap's words.
package struct CaptureError: Error, Equatable, Sendable, CustomStringConvertible {
    package let step: String
    package let reason: String

    package var description: String { "\(step): \(reason)" }
}

/// Frames that arrive at one network interface and pass a kernel filter.
@safe package struct Capture: ~Copyable {
    // SAFETY: the pointer never leaves this value and is closed once, in `deinit`.
    private let handle: OpaquePointer
    /// Descriptor to wait on; libpcap's to close.
    package let pollable: Int32
    /// The link-layer type of the frames (pcap-linktype(7), DLT number).
    package let linkType: UInt32

    /// Opens the interface and installs the filter.
    ///
    /// - Parameters:
    ///   - interface: a name of an interface of this machine, or `any`; never a URL.
    ///   - filter: pcap-filter(7) syntax.
    ///   - snapLength: bytes of a frame that are kept.
    package init(
        interface: String, filter: String, snapLength: UInt32, promiscuous: Bool
    ) throws(CaptureError) {
        unsafe handle = try Capture.opened(
            interface: interface, filter: filter, snapLength: snapLength, promiscuous: promiscuous)
        pollable = unsafe pcap_get_selectable_fd(handle)
        linkType = UInt32(clamping: unsafe pcap_datalink(handle))
    }

    deinit { unsafe pcap_close(handle) }

    /// Lends up to `limit` waiting frames to `body`, which returns whether it wants more. Returns how many there were.
    package borrowing func drain(limit: Int, _ body: (Span<UInt8>) -> Bool) throws(CaptureError) -> Int {
        var count = 0
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var bytes: UnsafePointer<UInt8>?
        while count < limit {
            let state = unsafe pcap_next_ex(handle, &header, &bytes)
            guard state >= 0 else {
                throw unsafe CaptureError(step: "capture", reason: Capture.why(handle, state))
            }
            guard state == 1, let header = unsafe header, let bytes = unsafe bytes else { break }
            count += 1
            // SAFETY: libpcap keeps `caplen` bytes at `bytes` until the next call on the handle.
            let frame = unsafe Span<UInt8>(
                _unsafeElements: UnsafeBufferPointer(start: bytes, count: Int(header.pointee.caplen)))
            guard body(frame) else { break }
        }
        return count
    }

    /// A handle that captures; closed again when a step fails.
    private static func opened(
        interface: String, filter: String, snapLength: UInt32, promiscuous: Bool
    ) throws(CaptureError) -> OpaquePointer {
        let step = "interface \(interface)"
        // A remote or file source would be opened by a parser of foreign bytes in the privileged process.
        guard (1...15).contains(interface.utf8.count), !interface.utf8.contains(UInt8(ascii: "/")) else {
            throw CaptureError(step: step, reason: "not the name of an interface")
        }
        var words = [CChar](repeating: 0, count: 256)  // PCAP_ERRBUF_SIZE
        guard let handle = unsafe pcap_create(interface, &words) else {
            throw CaptureError(step: step, reason: text(words))
        }
        do throws(CaptureError) {
            unsafe pcap_set_snaplen(handle, Int32(clamping: snapLength))
            unsafe pcap_set_promisc(handle, promiscuous ? 1 : 0)
            unsafe pcap_set_immediate_mode(handle, 1)
            let activated = unsafe pcap_activate(handle)
            guard activated >= 0 else {
                throw unsafe CaptureError(step: step, reason: why(handle, activated))
            }
            unsafe try install(filter, on: handle)
            // Not every interface can tell directions; then replies of ours are seen too, and refused as garbage.
            _ = unsafe pcap_setdirection(handle, PCAP_D_IN)
            guard unsafe pcap_setnonblock(handle, 1, &words) == 0 else {
                throw CaptureError(step: step, reason: text(words))
            }
        } catch {
            unsafe pcap_close(handle)
            throw error
        }
        return unsafe handle
    }

    private static func install(_ filter: String, on handle: OpaquePointer) throws(CaptureError) {
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, filter, 1, 0xffff_ffff) == 0 else {
            throw unsafe CaptureError(step: "filter \"\(filter)\"", reason: why(handle, -1))
        }
        let state = unsafe pcap_setfilter(handle, &program)
        unsafe pcap_freecode(&program)
        guard state == 0 else {
            throw unsafe CaptureError(step: "filter \"\(filter)\"", reason: why(handle, state))
        }
    }

    private static func why(_ handle: OpaquePointer, _ status: Int32) -> String {
        if let words = unsafe pcap_geterr(handle), unsafe words.pointee != 0 {
            return unsafe String(cString: words)
        }
        guard let words = unsafe pcap_statustostr(status) else { return "error \(status)" }
        return unsafe String(cString: words)
    }

    private static func text(_ words: [CChar]) -> String {
        String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
