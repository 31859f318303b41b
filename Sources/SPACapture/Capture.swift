// Unsafe rim: packet(7) with a ring that the kernel fills. Packets are lent to a closure and never looked at here.
internal import CSallyportShims
internal import Glibc
package import SPASystem

/// Packets that arrive at a network interface and pass a filter, from their IP header on.
///
/// Made in full before privileges are given up; what comes later, following interfaces as they come and go, needs none.
@safe package struct Capture: ~Copyable {
    /// Descriptor to wait on: readable when a packet is there.
    package var pollable: Int32 { socket.number }

    private let socket: FileDescriptor
    // SAFETY: mapped in `init`, unmapped in `deinit`; a slot is read only while the kernel has handed it over.
    private let ring: UnsafeMutableRawPointer
    private let shape: sp_ring
    private var next: UInt32 = 0

    /// Bytes that the kernel puts in front of a packet in its slot: `tpacket2_hdr`, `sockaddr_ll`, alignment.
    private static let slotHeader: UInt32 = 80
    private static let block: UInt32 = 1 << 16
    /// Two MiB: the ring of libpcap.
    private static let blocks: UInt32 = 32
    /// The largest packet that a slot can be made for.
    package static let packetLimit: UInt32 = 32_768

    /// Makes the socket and its ring. It hears nothing before it is bound.
    ///
    /// - Parameters:
    ///   - filter: classic BPF for packets that start with their IP header, 8 bytes an instruction as in the kernel's
    ///     `struct sock_filter`. It can be neither changed nor taken off again.
    ///   - packetSize: bytes of a packet that are kept, at most ``packetLimit``.
    package init(filter: [UInt8], packetSize: UInt32) throws(SystemError) {
        let socket = try FileDescriptor(result: sp_packet_socket(), of: "packet socket")
        // SAFETY: pointer and count describe the same array for the length of the call.
        let attached = unsafe filter.withUnsafeBytes {
            unsafe sp_packet_filter(socket.number, $0.baseAddress, $0.count / 8)
        }
        guard filter.count % 8 == 0, attached == 0 else {
            throw SystemError(call: "capture filter", code: errno)
        }
        let size = min(packetSize, Capture.packetLimit) + Capture.slotHeader
        let shape = sp_ring(slot: (size + 15) & ~15, block: Capture.block, blocks: Capture.blocks)
        // SAFETY: the shim reads the shape and maps as much as it says.
        guard let ring = unsafe withUnsafePointer(to: shape, { unsafe sp_packet_ring(socket.number, $0) })
        else {
            throw SystemError(call: "capture ring", code: errno)
        }
        unsafe self.ring = ring
        self.shape = shape
        self.socket = socket
    }

    deinit { unsafe withUnsafePointer(to: shape) { unsafe sp_packet_unmap(ring, $0) } }

    /// Lends up to `limit` waiting packets to `body`, which returns whether it wants more. Returns how many there were.
    package mutating func drain(limit: Int, _ body: (Span<UInt8>) -> Bool) -> Int {
        let perBlock = shape.block / shape.slot
        var count = 0
        while count < limit {
            let offset = next / perBlock * shape.block + next % perBlock * shape.slot
            // SAFETY: `next` is below the number of slots, so that the slot lies in the ring.
            let slot = unsafe ring + Int(offset)
            var size = 0
            guard let bytes = unsafe sp_packet_frame(slot, Int(shape.slot), &size) else { break }
            // SAFETY: the shim keeps start and size inside the slot, which is ours until it is released.
            let wantsMore = unsafe body(
                Span(_unsafeStart: bytes.assumingMemoryBound(to: UInt8.self), count: size))
            unsafe sp_packet_release(slot)
            next = (next + 1) % (perBlock * shape.blocks)
            count += 1
            if !wantsMore { break }
        }
        // An interface that went down leaves a pending error, which would make every wait end at once.
        if count == 0 { _ = sp_socket_error(socket.number) }
        return count
    }

    /// Where packets are taken from.
    package enum Place: Equatable, Sendable {
        /// All interfaces, packets of one family.
        case everywhere(AddressFamily)
        /// The kernel's number of an interface.
        case interface(Int32)
    }

    /// Binds, or binds anew. In promiscuous mode the interface hears what is meant for others, too.
    package borrowing func bind(to place: Place, promiscuous: Bool) throws(SystemError) {
        let before = sp_packet_bound(socket.number)
        let (index, family): (Int32, Int32) =
            switch place {
            case .everywhere(let family): (0, family.rawValue)
            case .interface(let number): (number, 0)
            }
        guard sp_packet_bind(socket.number, index, family) == 0 else {
            throw SystemError(call: "bind", code: errno)
        }
        guard promiscuous, index > 0, index != before else { return }
        if before > 0 { _ = sp_packet_promiscuous(socket.number, before, 0) }
        guard sp_packet_promiscuous(socket.number, index, 1) == 0 else {
            throw SystemError(call: "promiscuous mode", code: errno)
        }
    }

    /// The interface that it is bound to by the kernel's account; nil where there is none, or none any more.
    package var boundInterface: Int32? {
        let index = sp_packet_bound(socket.number)
        return index > 0 ? index : nil
    }

    /// The number of the interface that has this name now.
    package borrowing func interface(named name: String) -> Int32? {
        // SAFETY: the call copies the name.
        let index = unsafe sp_interface_index(socket.number, name)
        return index > 0 ? index : nil
    }

    /// What an interface is called now, and whether it is up; nil where it is gone.
    package borrowing func facts(of interface: Int32) -> (name: String, isUp: Bool)? {
        var name = [CChar](repeating: 0, count: 16)
        var isUp: Int32 = 0
        // SAFETY: the array has the 16 bytes that the shim writes, the last of them 0.
        guard unsafe sp_interface_name(socket.number, interface, &name, &isUp) == 0 else { return nil }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (text, isUp == 1)
    }
}
