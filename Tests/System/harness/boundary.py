"""The helper alone, as root starts it, with a test in the place of the supervisor and of the worker."""

import ipaddress
import os
import select
import socket
import struct
import subprocess

from . import needs
from .firewall import CHAIN
from .servers import HELPER_UID
from .waiting import PATIENCE, until

REFUSALS = {0: "granted", 1: "unknown stanza", 2: "stanza expired", 3: "service not allowed", 4: "lifetime too long",
            5: "address not allowed", 6: "too many grants", 7: "too many per minute", 8: "firewall failed",
            9: "destination not ours", 10: "family not opened"}


def _text(text):
    data = text.encode()
    return struct.pack(">H", len(data)) + data


EVERYTHING = struct.pack("=HBBI", 6, 0, 0, 65535)  # classic BPF: keep every packet


def setup(program, interface="lo", flush=True, capture=EVERYTHING, ipv6=True, syn=True):
    """Tag 10: identity, capture, firewall."""
    return (struct.pack(">BIIB", 10, HELPER_UID, HELPER_UID, 0) + _text(interface)
            + struct.pack(">H", len(capture) // 8) + capture + _text(program) + _text(CHAIN) + _text("INPUT")
            + struct.pack(">I?H?H??", 1500, False, 1, flush, 62201, ipv6, syn))


def begin(generation=1, grants=100, per_minute=6000):
    return struct.pack(">BHII", 11, generation, grants, per_minute)


def stanza(number=1, ports=(22, 2222), restricted=(), longest=60, expires=(1 << 63) - 1, anywhere=False,
           widths=(32, 128), sources=()):
    """Tag 12; `ports` None opens every port; `widths` are the prefixes that are opened, within the networks `sources`."""
    def services(numbers):
        return struct.pack(">H", len(numbers)) + b"".join(struct.pack(">BH", 6, number) for number in sorted(numbers))

    return (struct.pack(">BHIq?", 12, number, longest, expires, ports is not None) + services(ports or ())
            + services(restricted) + struct.pack(">?BBH", anywhere, *widths, len(sources))
            + b"".join(_network(each) for each in sources))


def _network(text):
    network = ipaddress.ip_network(text)
    return (struct.pack(">B", network.version) + network.network_address.packed.rjust(16, b"\0")
            + struct.pack(">B", network.prefixlen))


def commit(generation=1):
    return struct.pack(">BH", 13, generation)


def retire(generation):
    return struct.pack(">BH", 14, generation)


def stop(flush):
    return struct.pack(">B?", 15, flush)


def request(number, source="192.0.2.1", port=22, transport=6, stanza=1, generation=1, lifetime=30, family=4,
            destination="127.0.0.1"):
    """Tag 1: what the worker may ask, with every field open to a lie."""
    address = source if isinstance(source, bytes) else bytes(12) + socket.inet_aton(source)
    return (struct.pack(">BB", 1, family) + address
            + struct.pack(">BHHHIQ", transport, port, stanza, generation, lifetime, number)
            + struct.pack(">B", 4) + bytes(12) + socket.inet_aton(destination))


def received(end):
    """The next message at one of our ends; nothing where there is none."""
    try:
        return end.recv(1 << 17)
    except BlockingIOError:
        return None


class Helper:
    """`spad-helper` in the namespace of `host`, with our ends of its three sockets."""

    def __init__(self, host, program, settings=None, flush=True):
        self.host = host
        ends = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK) for _ in range(3)]
        (self.supervisor, *_), (self.frames, *_), (self.worker, *_) = ends
        theirs = [pair[1] for pair in ends]
        self.process = self._start([end.fileno() for end in theirs])
        for end in theirs:
            end.close()
        self.events = []
        for message in settings or [setup(program, flush=flush), begin(), stanza(), commit()]:
            self.supervisor.send(message)

    def _start(self, numbers):
        # The shell puts the three ends where the helper looks for them; it takes high numbers apart with care.
        high = [os.dup2(number, 200 + place) for place, number in enumerate(numbers)]
        moves = " ".join(f"{3 + place}<&{number} {number}<&-" for place, number in enumerate(high))
        try:
            return self.host.popen(["bash", "-c", f"exec {needs.program('spad-helper')} {moves}"], pass_fds=high,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={"PATH": os.environ["PATH"], "SWIFT_BACKTRACE": "enable=no"})
        finally:
            for number in high:
                os.close(number)

    def close(self):
        for end in (self.supervisor, self.frames, self.worker):
            end.close()
        if self.process.poll() is None:
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.wait()

    # The supervisor's side

    def order(self, message):
        self.supervisor.send(message)

    def _pump(self):
        while True:
            try:
                message = self.supervisor.recv(1 << 16)
            except (BlockingIOError, ConnectionResetError):
                return
            if not message:
                return
            self.events.append(message)

    def tags(self):
        self._pump()
        return [event[0] for event in self.events]

    def messages(self):
        """The texts of tag 35."""
        self._pump()
        return [event[4:].decode(errors="replace") for event in self.events if event[0] == 35]

    def waits(self):
        """What it says that it waits for, in tag 38; empty for the end of that."""
        self._pump()
        return [event[3:].decode(errors="replace") for event in self.events if event[0] == 38]

    def granted(self):
        """The ids that the supervisor was told are open."""
        self._pump()
        return [struct.unpack(">Q", event[1:9])[0] for event in self.events if event[0] == 32]

    def wait_event(self, tag, timeout=10, times=1):
        until(lambda: self.tags().count(tag) >= times or self.ended(), timeout, lambda: f"event {tag}: {self.events}")
        if self.tags().count(tag) < times:
            raise AssertionError(f"the helper ended before event {tag}: {self.messages()}")

    def ready(self):
        self.wait_event(30)
        return self

    # The worker's side

    def ask(self, message):
        """Sends a request and gives the answer in words, or `ended` where the helper ends."""
        self.send(message)
        number, words = self.answer()
        if words == "granted":
            # The supervisor is told right behind the worker.
            until(lambda: number in self.granted(), 5, lambda: f"the event of grant {number}")
        return words

    def send(self, message):
        try:
            until(lambda: select.select([], [self.worker], [], 0)[1], 5, "room for a request")
            self.worker.send(message)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def answer(self, timeout=60):
        """`(id, words)` of the next answer."""
        ready, _, _ = select.select([self.worker], [], [], timeout)
        if not ready:
            raise AssertionError(f"no answer within {timeout} s; {self.messages()}")
        try:
            message = self.worker.recv(64)
        except ConnectionResetError:
            message = b""
        if not message:
            self.wait()
            return None, "ended"
        tag, code, number = struct.unpack(">BBQ", message)
        assert tag == 2, message
        return number, REFUSALS[code]

    def wait(self, timeout=10):
        """Waits for its end; the exit status."""
        return self.process.wait(timeout * PATIENCE)

    def ended(self):
        return self.process.poll() is not None

    def tools(self):
        """The pids of the firewall tools that it runs."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return [int(pid) for pid in file.read().split()]
