"""What is taken from an interface: packets that arrive there, whatever its kind, and nothing else."""

import shutil
import socket
import struct
import subprocess
import threading
import unittest

from harness import boundary, needs
from harness.door import Door, DoorCase
from harness.firewall import Firewall
from harness.hostile import checksum
from harness.keys import Keys, stanza
from harness.links import Bridged, BridgedEverywhere, Everywhere, Loopback, MacVlan, OverTun
from harness.namespaces import Namespace
from harness.topologies import TwoHosts
from harness.traffic import send
from harness.waiting import until


class EveryLink(unittest.TestCase):
    weight = 5

    def check(self, topology):
        door = Door(topology=topology)
        self.addCleanup(door.close)
        for _ in range(3):
            door.good_knock_opens()
        self.assertNotIn("Replay detected", door.log(), "each packet is seen once")

    def test_a_knock_opens_over_ethernet(self):
        self.check(TwoHosts)

    def test_a_knock_opens_over_a_tunnel_without_link_headers(self):
        self.check(OverTun)

    def test_a_knock_opens_over_loopback(self):
        self.check(Loopback)

    def test_a_knock_opens_at_any_interface(self):
        self.check(Everywhere)

    def test_a_knock_opens_at_a_port_of_a_bridge(self):
        self.check(Bridged)

    def test_a_knock_through_a_bridge_is_seen_once_at_any_interface(self):
        self.check(BridgedEverywhere)

    def test_a_knock_opens_at_an_interface_that_shares_its_cable(self):
        self.check(MacVlan)

    def test_a_knock_of_our_own_to_ourselves_opens_at_any_interface(self):
        door = Door(topology=Everywhere)
        self.addCleanup(door.close)
        send(door.host, door.packet(allow="192.0.2.99"), "127.0.0.1")
        door.wait_grant("192.0.2.99")


class OurOwnKnocks(unittest.TestCase):
    """The stanza's DESTINATION is the whole network, so that a knock that is seen opens, wherever it goes to."""

    def check(self, topology):
        keys = Keys.new()
        door = Door(topology=topology, keys=keys, access=stanza(keys, DESTINATION="203.0.113.0/24"))
        self.addCleanup(door.close)
        send(door.host, door.packet(allow="192.0.2.99"), door.client_address)
        door.good_knock_opens()
        self.assertEqual([], door.grants("192.0.2.99"))
        self.assertEqual(0, door.server.daemon.count(f"from IP: {door.address} received with access source match"))
        self.assertGreater(door.server.daemon.count(f"from IP: {door.client_address} received with access source match"), 0)

    def test_a_knock_that_this_host_sends_is_no_arrival(self):
        for topology in (TwoHosts, Everywhere, OverTun):
            with self.subTest(topology.__name__):
                self.check(topology)


SOMEBODY = "203.0.113.66"  # nobody else's, so that the log tells whose packet was read


def datagram(payload, source=SOMEBODY, target="203.0.113.1", fragment=0, total=None):
    """An IPv4 packet with a UDP datagram to the knock port."""
    inner = struct.pack("!HHHH", 40000, 62201, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, total or 20 + len(inner), 1, fragment, 64, 17, 0,
                       socket.inet_aton(source), socket.inet_aton(target))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + inner


class OddFrames(DoorCase):
    """Frames as somebody on the cable may make them, each with a valid knock inside."""

    def refused(self, kind, **options):
        door = self.door
        before = self.read()
        self.door.send_frame(kind, datagram(door.packet(allow="192.0.2.200"), **options))
        door.good_knock_opens()
        self.assertEqual([], door.grants("192.0.2.200"))
        self.assertEqual(before, self.read())

    def read(self):
        """How many frames made by hand were taken for knocks."""
        return self.door.server.daemon.count(f"from IP: {SOMEBODY} received with access source match")

    def test_a_frame_made_by_hand_opens(self):
        before = self.read()
        self.door.send_frame("0800", datagram(self.door.packet(allow="192.0.2.201")))
        self.door.wait_grant("192.0.2.201")
        self.door.server.daemon.wait_log(f"Added access rule .* 192.0.2.201 .*packet from {SOMEBODY}")
        self.assertEqual(before + 1, self.read())

    def test_a_knock_in_a_vlan_opens_at_the_interface_that_carries_it(self):
        for number, kind in enumerate(("81000005", "88a80006", "8100a000")):
            with self.subTest(kind):
                self.door.send_frame(kind + "0800", datagram(self.door.packet(allow=f"192.0.2.{210 + number}")))
                self.door.wait_grant(f"192.0.2.{210 + number}")

    def test_what_is_not_ipv4_by_its_link_header_is_none(self):
        for kind in ("88b5", "86dd", "0806", "8847", "002e", "05ff", "8100000586dd", "8100000688b5"):
            with self.subTest(kind):
                self.refused(kind)

    def test_a_second_vlan_tag_belongs_to_an_interface_of_its_own(self):
        for kind in ("88a8000581000006", "8100000581000006"):
            with self.subTest(kind):
                self.refused(kind + "0800")

    def test_fragments_and_packets_that_are_cut_are_refused(self):
        for options in (dict(fragment=0x2000), dict(fragment=1), dict(total=1000), dict(total=100)):
            with self.subTest(**options):
                self.refused("0800", **options)


class FromTheFirstPacketOn(unittest.TestCase):
    weight = 3

    def test_no_packet_passes_that_the_filter_does_not_want_not_even_at_the_start(self):
        host = Namespace("server")
        self.addCleanup(host.close)
        Firewall(host).default_drop()
        wanted = subprocess.run([needs.program("spad-filter"), "1500", "udp port 62201"], capture_output=True,
                                check=True).stdout
        program, done = shutil.which("iptables"), threading.Event()
        with host.entered():
            noise = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

        def shout():
            while not done.is_set():
                for _ in range(50):
                    noise.sendto(b"noise", ("127.0.0.1", 9))

        shouter = threading.Thread(target=shout)
        shouter.start()
        try:
            for _ in range(10):
                helper = boundary.Helper(host, program, [
                    boundary.setup(program, capture=wanted), boundary.begin(), boundary.stanza(), boundary.commit()])
                self.addCleanup(helper.close)
                helper.ready()
                noise.sendto(b"knock", ("127.0.0.1", 62201))
                batch = until(lambda: boundary.received(helper.frames), 5, "a frame")
                self.assertEqual(3, batch[0])
                # One frame, from its IP header on.
                self.assertEqual(struct.pack(">H", 33), batch[1:3])
                self.assertEqual((36, 0x45, b"knock"), (len(batch), batch[3], batch[-5:]))
                helper.close()
        finally:
            done.set()
            shouter.join()
            noise.close()

    def test_a_filter_that_the_kernel_does_not_take_is_named_and_nothing_is_opened(self):
        host = Namespace("server")
        self.addCleanup(host.close)
        program = shutil.which("iptables")
        for what, capture in (("no end", struct.pack("=HBBI", 0x20, 0, 0, 0)), ("a jump out of it", b"\x05" + bytes(15)),
                              ("no such instruction", b"\xff" * 8)):
            with self.subTest(what):
                helper = boundary.Helper(host, program, [
                    boundary.setup(program, capture=capture), boundary.begin(), boundary.stanza(), boundary.commit()])
                self.addCleanup(helper.close)
                self.assertEqual(1, helper.process.wait(60))
                self.assertTrue(any("capture filter" in text for text in helper.messages()), helper.messages())
