"""Those who tell a client its address: web pages, resolvers, STUN servers that do it their own way, and a web proxy."""

import contextlib
import socket
import ssl
import struct
import threading

from . import cleanup
from .services import TcpServer


def http(body, status="200 OK", *fields):
    """An answer of a web server."""
    lines = [f"HTTP/1.1 {status}", "Date: Sun, 06 Nov 1994 08:49:37 GMT", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(lines).encode() + body.encode()


def read_request(connection):
    """What came up to the empty line."""
    request = b""
    while b"\r\n\r\n" not in request:
        part = connection.recv(4096)
        if not part:
            raise ConnectionError("no request")
        request += part
    return request


class Page(TcpServer):
    """A page that tells who asks. `answer(connection, peer, request)` gives the bytes to send, or None for none.

    `certificate` is a pair of paths; without it the page speaks plain HTTP. `requests` and `names` (asked for by SNI)
    collect what came."""

    def __init__(self, host, port=443, certificate=None, answer=None, context=None):
        self.answer = answer or (lambda connection, peer, request: http(peer + "\n"))
        self.requests, self.names = [], []
        if certificate:
            context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._context = context
        super().__init__(host, port, self._page)

    def _page(self, connection):
        peer = connection.getpeername()[0]
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection:
            request = read_request(connection)
            self.requests.append(request)
            answer = self.answer(connection, peer, request)
            if answer:
                connection.sendall(answer)


class WebProxy(TcpServer):
    """Makes tunnels with CONNECT. `requests` collects what was asked; `refusal` is sent instead of a tunnel."""

    def __init__(self, host, port=3128, refusal=None):
        self.requests, self._host, self._refusal = [], host, refusal
        super().__init__(host, port, self._tunnel)

    def _tunnel(self, connection):
        request = read_request(connection)
        self.requests.append(request)
        if self._refusal:
            connection.sendall(self._refusal)
            return
        name, _, port = request.split(b" ")[1].decode().rpartition(":")
        with self._host.entered():
            far = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        with far:
            far.connect((name, int(port)))
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self._carry, args=(far, connection), daemon=True)
            back.start()
            self._carry(connection, far)
            back.join(10)

    @staticmethod
    def _carry(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


class Datagrams:
    """Answers each datagram on a port with those that `answer(data, peer)` gives: a list of bytes."""

    def __init__(self, host, port, answer):
        self._answer, self.asked = answer, []
        with host.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("0.0.0.0", port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.close = cleanup.later(self._close)

    def _serve(self):
        while True:
            try:
                data, peer = self._socket.recvfrom(2048)
                if not data:
                    return
                self.asked.append((data, peer))
                for reply in self._answer(data, peer):
                    self._socket.sendto(reply, peer)
            except OSError:
                return

    def _close(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(2)


def dns_reply(query, address, identity=None, question=None, kind=None, code=0):
    """A resolver's answer to `query` that tells `address`, as its type asks for; other fields may be made wrong."""
    end = 12
    while query[end]:
        end += query[end] + 1
    asked, (wanted, klass) = query[12:end + 5], struct.unpack(">HH", query[end + 1:end + 5])
    data = socket.inet_aton(address) if (kind or wanted) == 1 else bytes([len(address)]) + address.encode()
    header = struct.pack(">HHHHHH", identity if identity is not None else struct.unpack(">H", query[:2])[0],
                         0x8180 | code, 1, 0 if code else 1, 0, 0)
    record = b"" if code else b"\xc0\x0c" + struct.pack(">HHIH", kind or wanted, klass, 0, len(data)) + data
    return header + (question or asked) + record


class Resolver(Datagrams):
    """A resolver that tells who asks."""

    def __init__(self, host, port=53, answer=None):
        super().__init__(host, port, answer or (lambda query, peer: [dns_reply(query, peer[0])]))


def stun_reply(request, address, port=4000):
    """A binding response that tells `address`."""
    mapped = bytes(a ^ b for a, b in zip(socket.inet_aton(address), b"\x21\x12\xa4\x42"))
    attribute = struct.pack(">HHBBH", 0x0020, 8, 0, 1, port ^ 0x2112) + mapped
    return struct.pack(">HHI", 0x0101, len(attribute), 0x2112A442) + request[8:20] + attribute


class Stun(Datagrams):
    """A STUN server in a few lines, which can lie."""

    def __init__(self, host, port=3478, answer=None):
        super().__init__(host, port, answer or (lambda request, peer: [stun_reply(request, peer[0], peer[1])]))
