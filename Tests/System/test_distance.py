"""Logins over a path that is long, lossy or uneven, through each kind of shut door: one connection, and few SYNs."""

import math
import signal
import threading
import unittest

from harness.clients import Proxy
from harness.door import Door
from harness.handshakes import Handshakes
from harness.topologies import FarApart
from harness.waiting import until

REJECTS = {"drop": [], "reset": ["--reject-with", "tcp-reset"], "unreachable": ["--reject-with", "icmp-port-unreachable"]}


class Greeter:
    """What a service sees: the bytes of each connection that it was offered."""

    def __init__(self):
        self.heard, self._lock = [], threading.Lock()

    def __call__(self, connection):
        said = b""
        connection.sendall(b"welcome\n")
        try:
            while more := connection.recv(4096):
                said += more
        finally:
            with self._lock:
                self.heard.append(said)


class FarAway(unittest.TestCase):
    weight = 4

    def visit(self, door, port, **more):
        """One connection through the proxy, used and ended; the bytes that came."""
        proxy = Proxy(door.client, door.folder, door.rc(**more), door.address, port)
        try:
            proxy.stdin.write(b"hello\n")
            proxy.stdin.close()
            came = proxy.stdout.read()
            self.assertEqual(0, proxy.wait(), proxy.errors())
            return came
        finally:
            proxy.close()

    def open_door(self, lifetime=2, **path):
        door = Door(topology=lambda: FarApart(**path), lifetime=lifetime)
        self.addCleanup(door.close)
        return door

    def accepted(self, service, visits, sniffer):
        """One connection for each visit; and those that the kernel has completed, where client or path was held up, which a
        busy machine may do to them (docs/decisions/0019)."""
        self.assertGreaterEqual(len(service.accepted), visits)
        self.assertLessEqual(len(service.accepted), visits + Handshakes(sniffer, 22).by_the_kernel())

    def one_visit_through_each_door(self, rtt, at_most, within, **more):
        """Makes `at_most` attempts `within` so many milliseconds; where the answer takes longer, one more for each 25, and
        as many again after each further knock."""
        for kind, arguments in REJECTS.items():
            with self.subTest(kind):
                door = self.open_door(rtt=rtt)
                if arguments:
                    door.firewall.iptables("-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "REJECT", *arguments)
                greeter = Greeter()
                service = door.service(handle=greeter)
                with door.sniffer() as sniffer:
                    self.assertEqual(b"welcome\n", self.visit(door, 22, **more))
                    until(lambda: greeter.heard.count(b"hello\n") == 1, 5, lambda: f"one visit in {greeter.heard}")
                    self.accepted(service, 1, sniffer)
                    handshakes, knocks = Handshakes(sniffer, 22), len(sniffer.udp_payloads())
                    late = max(0, handshakes.seconds() * 1000 - within)
                    self.assertGreater(len(handshakes.asked), 0)
                    self.assertLessEqual(len(handshakes.asked), at_most * knocks + math.ceil(late / 25))

    def test_one_connection_is_made_20_milliseconds_away(self):
        self.one_visit_through_each_door(20, 6, within=115)

    def test_one_connection_is_made_100_milliseconds_away(self):
        self.one_visit_through_each_door(100, 9, within=190)

    def test_one_connection_is_made_300_milliseconds_away(self):
        self.one_visit_through_each_door(300, 16, within=470)

    def test_a_server_of_ours_is_sent_fewer_attempts(self):
        self.one_visit_through_each_door(300, 9, within=890, SERVER_KIND="sallyport")

    def test_a_lossy_path_delays_and_does_not_prevent(self):
        door = self.open_door(rtt=20, loss=0.15)
        door.service(handle=Greeter())
        for _ in range(6):
            # Knocks get lost, too; there is time for more of them.
            self.assertEqual(b"welcome\n", self.visit(door, 22, CONNECT_TIMEOUT=50))
            door.wait_no_grant(timeout=10)

    def test_an_uneven_path_makes_one_connection_for_each_visit(self):
        # The door stays open, so that every attempt is answered, and in no order.
        door = self.open_door(rtt=20, jitter=10, lifetime=60)
        greeter = Greeter()
        service, sniffer = door.service(handle=greeter), door.own(door.sniffer())
        for visit in range(1, 101):
            self.assertEqual(b"welcome\n", self.visit(door, 22))
            until(lambda: greeter.heard.count(b"hello\n") == visit, 5, lambda: f"visit {visit} in {greeter.heard}")
        self.accepted(service, 100, sniffer)

    def test_a_client_that_stalls_makes_one_connection(self):
        door = self.open_door(rtt=100)
        greeter = Greeter()
        service = door.service(handle=greeter)
        sniffer = door.own(door.sniffer())
        proxy = Proxy(door.client, door.folder, door.rc(), door.address, 22)
        self.addCleanup(proxy.close)
        until(lambda: sniffer.syns(22) >= 3, 5, "three attempts on their way", step=0.001)
        proxy.process.send_signal(signal.SIGSTOP)
        # Several answers, which are then looked at in one go.
        until(lambda: len(Handshakes(sniffer, 22).answered) >= 2, 5, "two answers", step=0.001)
        proxy.process.send_signal(signal.SIGCONT)
        proxy.stdin.write(b"hello\n")
        proxy.stdin.close()
        self.assertEqual(b"welcome\n", proxy.stdout.read())
        self.assertEqual(0, proxy.wait(), proxy.errors())
        until(lambda: b"hello\n" in greeter.heard, 5, lambda: f"the visit in {greeter.heard}")
        self.accepted(service, 1, sniffer)
