import SPANet
import Testing

@Suite struct Services {
    @Test(
        "A protocol, a slash and a port are read and written",
        arguments: [
            ("tcp/22", Transport.tcp, 22), ("udp/53", .udp, 53), ("tcp/1", .tcp, 1),
            ("udp/65535", .udp, 65535),
        ] as [(String, Transport, UInt16)])
    func canonical(_ text: String, _ transport: Transport, _ port: UInt16) {
        let service = Service(text)
        #expect(service?.transport == transport && service?.port == port)
        #expect(service?.description == text)
    }

    @Test(
        "Everything else is refused",
        arguments: [
            "", "tcp", "tcp/", "tcp/0", "tcp/65536", "tcp/022", "tcp/+22", "tcp/ 22", "tcp/22 ", " tcp/22",
            "tcp//22",
            "TCP/22", "Tcp/22", "icmp/8", "none/0", "6/22", "tcp:22", "tcp22", "tcpx/22", "tcp/22-25",
            "tcp/ssh", "/22",
            "tcp/22,udp/53", "tcp/22\u{0}",
        ])
    func refused(_ text: String) { #expect(Service(text) == nil) }

    @Test("Port 0 is no door")
    func portZero() {
        #expect(Service(.tcp, port: 0) == nil)
        #expect(Service(.udp, port: 1)?.description == "udp/1")
    }

    @Test("The protocol numbers of IANA")
    func numbers() {
        #expect(Transport.tcp.rawValue == 6)
        #expect(Transport.udp.rawValue == 17)
    }
}
