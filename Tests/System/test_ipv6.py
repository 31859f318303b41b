"""The hidden door over IPv6: the same life of a grant, in the chain of ip6tables, and IPv4 beside it as ever."""

import ipaddress
import itertools
import os
import shutil
import socket
import struct
import time
import unittest

from harness import boundary
from harness.door import DoorCase, FreshDoorCase
from harness.door6 import BridgedEverywhere6, Door6, Everywhere6, TwoHosts6, ipv6_packet, udp
from harness.firewall import Firewall
from harness.namespaces import Namespace
from harness.traffic import Sniffer, describe
from harness.waiting import until

CLIENT, SERVER = TwoHosts6.CLIENT6, TwoHosts6.SERVER6
JUMP = "-A INPUT -j FWKNOP_INPUT"


def grants_of(firewall, source):
    return [grant for grant in firewall.grants() if grant.source == source]


class Knocks(DoorCase):
    weight = 9
    numbers = itertools.count(1)

    @classmethod
    def make_door(cls):
        return Door6().wait_ipv6()

    def tearDown(self):
        self.door.firewall6.iptables("-F", "FWKNOP_INPUT", check=False)
        self.door.firewall.iptables("-F", "FWKNOP_INPUT", check=False)

    def refused(self, send):
        """What `send` sends opens nothing, and nobody answers. The knock after it shows that it was judged."""
        with Sniffer(self.door.client, own=False) as sniffer:
            send()
            address = f"2001:db8:9::{next(self.numbers):x}"
            self.door.send6(self.door.sealed(address))
            self.door.wait_grant(address)
            heard = [frame for frame in sniffer.heard() if frame[54:55] != b"\x8f" and frame[62:63] != b"\x8f"]
        self.assertEqual([], [describe(frame) for frame in heard], "beside the kernel's own group reports")
        self.assertEqual([], self.door.grants(CLIENT))

    def test_a_packet_over_ipv6_opens_for_an_ipv4_address(self):
        self.door.send6(self.door.sealed("192.0.2.7"))
        self.door.wait_grant("192.0.2.7")
        self.assertEqual([], self.door.firewall6.grants())

    def test_colons_alone_ask_for_the_address_that_the_packet_comes_from(self):
        self.door.send6(self.door.sealed("::"))
        self.door.wait_grant(CLIENT)
        self.door.server.daemon.wait_log(rf"packet from {CLIENT}\)")

    def test_an_address_of_the_other_family_is_not_made_up_from_the_source(self):
        self.refused(lambda: self.door.send6(self.door.sealed("0.0.0.0")))
        self.refused(lambda: self.door.send(self.door.sealed("::")))

    def test_a_replay_is_refused_in_either_family(self):
        packet = self.door.sealed("2001:db8:5::5", seconds=1)
        self.door.send6(packet)
        self.door.wait_granted("2001:db8:5::5")
        self.door.wait_no_grant("2001:db8:5::5")
        self.refused(lambda: (self.door.send6([packet] * 2), self.door.send(packet)))
        self.assertEqual([], self.door.grants("2001:db8:5::5"))
        self.door.server.daemon.wait_log(f"Replay detected from source IP: {CLIENT}")

    def test_noise_and_a_wrong_key_are_answered_by_nobody(self):
        wrong = self.door.sealed()
        wrong = wrong[:-8] + bytes(reversed(wrong[-8:]))
        self.refused(lambda: self.door.send6([b"x" * 200, os.urandom(300), wrong, b""]))

    def test_a_knock_behind_extension_headers_opens(self):
        options = b"\x01\x04\x00\x00\x00\x00"
        for number, chain in enumerate(((), ((0, options),), ((60, options), (43, bytes(6))),
                                        ((0, options), (60, bytes(14)), (60, options)))):
            with self.subTest(chain):
                address = f"2001:db8:6::{number + 1:x}"
                self.door.send_frame("86dd", ipv6_packet(udp(self.door.sealed(address)), 17, CLIENT, SERVER, chain))
                self.door.wait_grant(address)

    def test_fragments_and_what_is_no_udp_to_the_knock_port_are_refused(self):
        packet = self.door.sealed
        for what, make in (
            ("a fragment", lambda: ipv6_packet(udp(packet()), 17, CLIENT, SERVER, ((44, bytes(6)),))),
            ("a fragment behind options", lambda: ipv6_packet(udp(packet()), 17, CLIENT, SERVER, ((60, bytes(6)), (44, bytes(6))))),
            ("another port", lambda: ipv6_packet(udp(packet(), 62202), 17, CLIENT, SERVER)),
            ("another port behind options", lambda: ipv6_packet(udp(packet(), 62202), 17, CLIENT, SERVER, ((60, bytes(6)),))),
            ("a length beyond the packet", lambda: ipv6_packet(udp(packet(), length=900), 17, CLIENT, SERVER)),
            ("a length beyond the packet behind options",
             lambda: ipv6_packet(udp(packet(), length=900), 17, CLIENT, SERVER, ((60, bytes(6)),))),
            ("nine headers", lambda: ipv6_packet(udp(packet()), 17, CLIENT, SERVER, ((60, bytes(6)),) * 9)),
            ("a packet to somebody else", lambda: ipv6_packet(udp(packet()), 17, CLIENT, "2001:db8::77")),
        ):
            with self.subTest(what):
                self.refused(lambda: self.door.send_frame("86dd", make()))

    def test_the_link_header_and_the_packet_name_the_same_family(self):
        self.refused(lambda: self.door.send_frame("0800", ipv6_packet(udp(self.door.sealed()), 17, CLIENT, SERVER)))

    def test_a_second_knock_leaves_one_rule_with_the_later_end(self):
        for seconds in (20, 40):
            self.door.send6(self.door.sealed("2001:db8:7::7", seconds=seconds))
            self.door.wait_grant("2001:db8:7::7")
        until(lambda: [grant.expires - time.time() > 25 for grant in grants_of(self.door.firewall6, "2001:db8:7::7")] == [True],
              5, lambda: f"one later rule: {self.door.firewall6.grants()}")

    def test_a_chain_that_was_flushed_or_taken_away_is_mended_by_the_next_knock(self):
        door = self.door
        door.firewall6.iptables("-D", "INPUT", "-j", "FWKNOP_INPUT")
        door.firewall6.iptables("-X", "FWKNOP_INPUT")
        door.send6(door.sealed())
        door.wait_grant(CLIENT)
        until(lambda: JUMP in door.firewall6.rules("INPUT"), 5, lambda: f"the jump in {door.firewall6.rules()}")
        door.server.daemon.wait_log(r"firewall \(IPv6\): the jump from INPUT to FWKNOP_INPUT was gone: made again")

    def test_ipv4_is_as_ever(self):
        before = self.door.firewall6.rules()
        self.door.good_knock_opens()
        self.assertEqual(before, self.door.firewall6.rules())


class Lives(FreshDoorCase):
    """What becomes of the chain at start and end."""

    weight = 8

    def door6(self, **options):
        door = Door6(**options)
        self.addCleanup(door.close)
        return door

    def test_a_knock_for_an_ipv6_address_opens_over_ipv6_and_over_ipv4_and_closes_again(self):
        door = self.door6()
        service = door.service6()
        self.addCleanup(service.close)
        for send in (door.send6, door.send):
            with self.subTest(send.__name__):
                self.assertFalse(door.is_open6())
                send(door.sealed(seconds=5))
                grant = door.wait_grant(CLIENT)
                until(door.is_open6, 1, "an open door")
                self.assertEqual([], door.firewall.grants())
                door.wait_no_grant(CLIENT)
                self.assertFalse(door.is_open6())
                door.server.daemon.wait_log(f"Added access rule to FWKNOP_INPUT for {CLIENT} -> ::/0 tcp/22, expires at"
                                            f" {grant.expires}")
                door.server.daemon.wait_log(f"Removed rule {CLIENT}->tcp/22 from FWKNOP_INPUT with expire time of"
                                            f" {grant.expires}", 5)

    def test_chain_and_jump_come_and_go_with_the_server(self):
        door = self.door6().wait_ipv6()
        self.assertEqual(JUMP, door.firewall6.rules("INPUT")[1])
        door.send6(door.sealed())
        door.wait_grant(CLIENT)
        door.server.stop()
        self.assertNotIn("FWKNOP", door.firewall6.save())

    def test_a_grant_of_an_earlier_life_is_swept_or_goes_on_as_configured(self):
        for flush in ("Y", "N"):
            with self.subTest(flush):
                door = self.door6(FLUSH_IPT_AT_INIT=flush)
                door.send6(door.sealed())
                grant = door.wait_grant(CLIENT)
                door.server.kill_all()
                door.server.start()
                door.server.daemon.wait_log(
                    "Removed 1 rules of an earlier life.*IPv6" if flush == "Y" else "1 grants of an earlier life.*IPv6", 5)
                self.assertEqual([] if flush == "Y" else [grant], door.firewall6.grants())
                if flush == "N":
                    door.send6(door.sealed("2001:db8:4::4"))
                    door.wait_grant("2001:db8:4::4")

    def test_the_kernel_ends_a_grant_with_no_process_alive(self):
        door = self.door6()
        service = door.service6()
        self.addCleanup(service.close)
        door.send6(door.sealed(seconds=6))
        door.wait_grant(CLIENT)
        until(door.is_open6, 1, "an open door")
        door.server.kill_all()
        until(lambda: not door.is_open6(timeout=0.3), 8, "the end of the grant")
        self.assertEqual(1, len(door.firewall6.grants()), "the rule is still there")

    def test_with_enable_ipv6_n_no_chain_is_made_and_no_packet_judged(self):
        door = self.door6(ENABLE_IPV6="N")
        door.send6(door.sealed("192.0.2.66"))
        door.send(door.sealed())
        door.good_knock_opens()
        self.assertNotIn("FWKNOP", door.firewall6.save())
        self.assertEqual([], door.grants("192.0.2.66"))
        self.assertNotIn(f"packet from {CLIENT}", door.log())
        door.server.daemon.wait_log(f"No access for {CLIENT} to tcp/22: no door is opened over IPv6 here")

    def test_a_host_without_ip6tables_opens_over_ipv4_and_says_so_once(self):
        door = self.door6(start=False)
        for tool in ("", "-restore", "-save"):
            os.symlink(shutil.which("iptables" + tool), door.folder.join("iptables" + tool))
        door.server.configure(FIREWALL_EXE=door.folder.join("iptables"))
        os.chmod(door.folder.path, 0o755)
        door.server.start()
        door.good_knock_opens()
        door.server.daemon.wait_log("No door is opened over IPv6: ")
        self.assertEqual(1, door.log().count("No door is opened over IPv6: "))
        self.assertIn("ip6tables", door.log())

    def test_an_ip6tables_that_hangs_or_fails_holds_up_no_door_over_ipv4(self):
        for what in ("sleep 60", "exit 4"):
            with self.subTest(what):
                door = self.door6(start=False)
                os.chmod(door.folder.path, 0o755)
                for tool in ("", "-restore", "-save"):
                    os.symlink(shutil.which("iptables" + tool), door.folder.join("iptables" + tool))
                    path = door.folder.write("ip6tables" + tool, f"#!/bin/sh\n{what}\n")
                    os.chmod(path, 0o755)
                door.server.configure(FIREWALL_EXE=door.folder.join("iptables"))
                door.server.start()
                door.send6(door.sealed())
                door.good_knock_opens()
                self.assertEqual([], door.firewall6.grants())
                door.server.daemon.wait_log("waiting for .*(IPv6|ip6tables)", 5)
                door.server.stop()
                self.assertNotIn("FWKNOP", door.firewall.save())

    def test_doors_of_both_families_share_the_limit(self):
        door = self.door6(MAX_GRANTS="2")
        door.send6([door.sealed("2001:db8:1::1"), door.sealed("192.0.2.1"), door.sealed("2001:db8:1::2")])
        door.server.daemon.wait_log("No access for 2001:db8:1::2 to tcp/22: MAX_GRANTS", 5)
        door.wait_grant("192.0.2.1")
        door.wait_grant("2001:db8:1::1")
        self.assertEqual(2, len(door.grants()))


class Links(FreshDoorCase):
    weight = 4

    def check(self, topology):
        door = Door6(topology=topology)
        self.addCleanup(door.close)
        for number in range(1, 4):
            door.send6(door.sealed(f"2001:db8:3::{number}"))
            door.wait_grant(f"2001:db8:3::{number}")
            door.good_knock_opens()
        self.assertNotIn("Replay detected", door.log(), "each packet is seen once")

    def test_a_knock_opens_at_any_interface(self):
        self.check(Everywhere6)

    def test_a_knock_through_a_bridge_is_seen_once_at_any_interface(self):
        self.check(BridgedEverywhere6)

    def test_legacy_ip6tables_serves_as_well(self):
        door = Door6(firewall="iptables-legacy")
        self.addCleanup(door.close)
        door.send6(door.sealed(seconds=1))
        door.wait_granted(CLIENT)
        door.wait_no_grant(CLIENT)
        door.good_knock_opens()


class AWorkerThatLies(unittest.TestCase):
    """The helper alone, where IPv6 doors are opened."""

    ROWS = [("::", "address not allowed"), ("ff02::1", "address not allowed"), ("::ffff:192.0.2.1", "address not allowed"),
            ("::192.0.2.1", "address not allowed"), ("2001:db8::1", "granted"), ("fe80::1", "granted"), ("fd00::1", "granted")]

    def test_no_rule_is_made_for_what_is_no_address_of_a_host(self):
        host = Namespace("server")
        self.addCleanup(host.close)
        host.ipv6(True, quiet=True)
        firewall, firewall6 = Firewall(host).default_drop(), Firewall(host, "ip6tables").default_drop()
        helper = boundary.Helper(host, shutil.which("iptables"))
        self.addCleanup(helper.close)
        helper.ready()
        for number, (text, refusal) in enumerate(self.ROWS, 1):
            with self.subTest(text):
                source = socket.inet_pton(socket.AF_INET6, text)
                self.assertEqual(refusal, helper.ask(boundary.request(number, family=6, source=source)))
        expected = sorted(ipaddress.ip_address(text) for text, refusal in self.ROWS if refusal == "granted")
        self.assertEqual(expected, sorted(ipaddress.ip_address(grant.source) for grant in firewall6.grants()))
        self.assertEqual([], firewall.grants())
