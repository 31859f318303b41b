"""Knocks in the payload of a SYN: TCP fast open without a cookie, and frames made by hand."""

import errno
import socket
import struct

from .hostile import checksum

MSG_FASTOPEN, TCP_FASTOPEN_NO_COOKIE = 0x20000000, 34
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))


def send(host, payload, server, port=62201):
    """Sends one SYN with `payload` as any user may, and lets go of the attempt; the address that it came from."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with host.entered():
        tcp = socket.socket(family, socket.SOCK_STREAM)
    with tcp:
        tcp.setblocking(False)
        tcp.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1)
        try:
            tcp.sendto(payload, MSG_FASTOPEN, (server, port))
        except BlockingIOError as problem:
            if problem.errno != errno.EINPROGRESS:
                raise
        return tcp.getsockname()[0]


def segment(payload=b"", flags=SYN, port=62201, options=b"", words=None):
    """A TCP segment without a checksum; `words` is what it says of the length of its header."""
    options = options.ljust((len(options) + 3) // 4 * 4, b"\x01")
    words = 5 + len(options) // 4 if words is None else words
    return struct.pack("!HHIIBBHHH", 40000, port, 1, 0, words << 4, flags, 64240, 0, 0) + options + payload


def ipv4_packet(inner, source, target, number=6):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(inner), 1, 0, 64, number, 0, socket.inet_aton(source),
                       socket.inet_aton(target))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + inner
