/// The link-layer header types that we read, by libpcap's DLT number (pcap-linktype(7)).
package enum LinkType: UInt32, Sendable, CaseIterable {
    /// BSD loopback: four bytes of address family in the byte order of the machine.
    case null = 0
    case ethernet = 1
    /// No link header: the frame starts with IP. Linux says 12 where others say 101.
    case raw = 12
    case rawIP = 101
    /// OpenBSD loopback: as `null`, in network byte order.
    case loop = 108
    /// Linux "cooked" capture of the `any` device.
    case linuxCooked = 113
    case linuxCooked2 = 276
}
