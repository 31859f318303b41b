"""Single packets: sending them, and hearing what comes back."""

import errno
import socket
import struct
import time

from .waiting import until


def send(host, payloads, server, port=62201, pause=0):
    """Sends datagrams from `host`; one payload or a list of them. `pause` in seconds between them."""
    with host.entered():
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with udp:
        udp.connect((server, port))
        for payload in [payloads] if isinstance(payloads, bytes) else payloads:
            while True:
                try:
                    udp.send(payload)
                    break
                except OSError as problem:
                    if problem.errno not in (errno.ENOBUFS, errno.ECONNREFUSED):
                        raise
                    time.sleep(0.001)
            if pause:
                time.sleep(pause)


def connects(host, server, port, timeout=0.5):
    """Whether a new TCP connection comes up within `timeout`. Each try is a fresh SYN with its own conntrack entry."""
    with host.entered():
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with tcp:
        tcp.settimeout(timeout)
        try:
            tcp.connect((server, port))
            return True
        except (socket.timeout, ConnectionRefusedError):
            return False


def wait_connects(host, server, port, timeout=5):
    """Waits until a new TCP connection comes up."""
    until(lambda: connects(host, server, port, 0.2), timeout, f"a TCP connection to {server}:{port}")


class Sniffer:
    """Every frame that reaches an interface from outside, of any protocol, from before the call returns until `close`.

    The kernel queues the frames; they are taken when somebody asks, so nothing is missed and nothing races."""

    def __init__(self, host, interface="veth0", own=True):
        """Without `own`, what this host sends is left out: under load it would fill the queue."""
        with host.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        if not own:
            self._socket.setsockopt(263, 23, 1)  # SOL_PACKET, PACKET_IGNORE_OUTGOING
        self._socket.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        self._socket.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        self._socket.bind((interface, 3))
        self._socket.setblocking(False)
        self._frames = []

    def frames(self):
        """Every frame as `(seconds, whether this host sent it, bytes)`; the time is that at which the kernel saw it."""
        while True:
            try:
                frame, said, _, address = self._socket.recvmsg(65535, 64)
            except BlockingIOError:
                return list(self._frames)
            seconds, nanoseconds = struct.unpack("@qq", said[0][2])
            self._frames.append((seconds + nanoseconds / 1e9, address[2] == socket.PACKET_OUTGOING, frame))

    def heard(self):
        """The frames that came from the other side."""
        return [frame for _, is_ours, frame in self.frames() if not is_ours]

    def sent(self):
        """The frames that this host sent."""
        return [frame for _, is_ours, frame in self.frames() if is_ours]

    def udp_payloads(self, port=62201):
        """Payloads of the UDP datagrams to `port` that this host sent."""
        found = []
        for frame in self.sent():
            if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_UDP:
                continue
            header = 14 + (frame[14] & 15) * 4
            _, destination, length = struct.unpack_from("!HHH", frame, header)
            if destination == port:
                found.append(frame[header + 8:header + length])
        return found

    def syns(self, port):
        """How many SYNs this host sent to `port`."""
        found = 0
        for frame in self.sent():
            if frame[12:14] == b"\x08\x00" and frame[23] == socket.IPPROTO_TCP:
                header = 14 + (frame[14] & 15) * 4
                found += struct.unpack_from("!H", frame, header + 2)[0] == port and frame[header + 13] == 0x02
        return found

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def describe(frame):
    """One line about a frame, for failure messages."""
    if frame[12:14] != b"\x08\x00":
        return f"ethertype {frame[12:14].hex()}, {len(frame)} bytes"
    source, target = socket.inet_ntoa(frame[26:30]), socket.inet_ntoa(frame[30:34])
    return f"{source} -> {target} protocol {frame[23]}, {len(frame)} bytes: {frame[34:60].hex()}"
