"""The transport `syn`: a knock as the payload of a SYN, to which nobody answers."""

import unittest

from harness import syn
from harness.door import Door, DoorCase
from harness.door6 import Door6, TwoHosts6, ipv6_packet
from harness.syn import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, segment
from harness.traffic import Sniffer, describe

CLIENT, SERVER = TwoHosts6.CLIENT, TwoHosts6.SERVER
CLIENT6, SERVER6 = TwoHosts6.CLIENT6, TwoHosts6.SERVER6


class SynCase(DoorCase):
    def over_ipv4(self, inner):
        self.door.send_frame("0800", syn.ipv4_packet(inner, CLIENT, SERVER))

    def over_ipv6(self, inner):
        self.door.send_frame("86dd", ipv6_packet(inner, 6, CLIENT6, SERVER6))

    def tearDown(self):
        for firewall in (self.door.firewall, self.door.firewall6):
            firewall.iptables("-F", "FWKNOP_INPUT", check=False)

    def refused(self, send, address="192.0.2.200"):
        """What `send` sends opens nothing, is not even looked at, and nobody answers."""
        with Sniffer(self.door.client, own=False) as sniffer:
            send(self.door.packet(allow=address))
            self.door.good_knock_opens()
            heard = [frame for frame in sniffer.heard() if frame[54:55] != b"\x8f" and frame[62:63] != b"\x8f"]
        self.assertEqual([], [describe(frame) for frame in heard], "beside the kernel's own group reports")
        self.assertEqual([], self.door.grants(address))
        self.assertNotIn("No SPA packet", self.door.log())


class Knocks(SynCase):
    weight = 6

    @classmethod
    def make_door(cls):
        return Door6(VERBOSE="1")

    def test_a_knock_in_a_syn_opens_over_either_family(self):
        for server in (SERVER, SERVER6):
            for number, allow in enumerate(("192.0.2.77", "2001:db8:77::77")):
                with self.subTest(f"{allow} over {server}"):
                    self.tearDown()
                    syn.send(self.door.client, self.door.sealed(allow, seconds=20 + number), server)
                    self.door.wait_grant(allow)

    def test_the_source_of_the_syn_is_granted_where_the_packet_leaves_it_open(self):
        for server, unspecified in ((SERVER, "0.0.0.0"), (SERVER6, "::")):
            with self.subTest(server):
                source = syn.send(self.door.client, self.door.sealed(unspecified), server)
                self.door.wait_grant(source)

    def test_a_syn_of_the_stock_client_opens(self):
        self.door.knock("-P", "tcpraw", "-Q", CLIENT, allow="192.0.2.91")
        self.door.wait_grant("192.0.2.91")

    def test_nobody_answers_and_the_connection_opens_behind_it(self):
        service = self.door.service(2222)
        self.addCleanup(service.close)
        with Sniffer(self.door.client, own=False) as sniffer:
            syn.send(self.door.client, self.door.sealed(CLIENT, access="tcp/2222"), SERVER)
            self.door.wait_grant(CLIENT, 2222)
            self.assertEqual([], [describe(frame) for frame in sniffer.heard() if frame[12:14] == b"\x08\x00"])
        self.assertTrue(self.door.is_open(2222, timeout=10))

    def test_options_and_the_bits_of_congestion_control_do_no_harm(self):
        for number, options in enumerate((dict(), dict(options=b"\x02\x04\x05\xb4"), dict(options=b"\x01" * 40),
                                          dict(flags=SYN | ECE | CWR))):
            for send in (self.over_ipv4, self.over_ipv6):
                with self.subTest(f"{options} {send.__name__}"):
                    address = f"192.0.2.{150 + number * 2 + (send == self.over_ipv6)}"
                    send(segment(self.door.packet(allow=address), **options))
                    self.door.wait_grant(address)

    def test_only_a_first_syn_to_the_knock_port_with_a_payload_of_its_length_counts(self):
        for what, options in (
            ("an answer", dict(flags=SYN | ACK)), ("a data segment", dict(flags=ACK | PSH)), ("an end", dict(flags=SYN | FIN)),
            ("a reset", dict(flags=SYN | RST)), ("an urgent one", dict(flags=SYN | URG)), ("no flag", dict(flags=0)),
            ("a push", dict(flags=SYN | PSH)), ("another port", dict(port=62202)), ("a short header", dict(words=4)),
            ("a header that covers the payload", dict(words=15)),
        ):
            for send in (self.over_ipv4, self.over_ipv6):
                with self.subTest(f"{what} {send.__name__}"):
                    self.refused(lambda packet: send(segment(packet[:1499], **options)))

    def test_a_syn_without_a_payload_or_with_another_ones_is_not_looked_at(self):
        for payload in (b"", b"x" * 139, b"GET / HTTP/1.0\r\n\r\n"):
            for send in (self.over_ipv4, self.over_ipv6):
                with self.subTest(f"{len(payload)} {send.__name__}"):
                    self.refused(lambda packet: send(segment(payload)))

    def test_what_is_data_of_a_segment_is_never_taken_for_a_later_one(self):
        self.refused(lambda packet: self.over_ipv4(segment(b"A" * 20 + packet[:-20])[:20] + b"\x00" * 20))

    def test_a_replay_is_refused_whichever_way_it_comes(self):
        packet = self.door.packet("-f", "1", allow="192.0.2.201")
        self.door.send(packet)
        self.door.wait_granted("192.0.2.201")
        self.door.wait_no_grant("192.0.2.201")
        syn.send(self.door.client, packet, SERVER)
        self.door.good_knock_opens()
        self.assertEqual([], self.door.grants("192.0.2.201"))
        self.door.wait_said(f"Replay detected from source IP: {CLIENT}, Destination proto: 6; refused")


class SwitchedOff(SynCase):
    @classmethod
    def make_door(cls):
        return Door6(VERBOSE="1", ENABLE_SYN_KNOCK="N")

    def test_with_enable_syn_knock_n_no_syn_is_looked_at(self):
        for send in (self.over_ipv4, self.over_ipv6):
            self.refused(lambda packet: send(segment(packet)))
        self.refused(lambda packet: syn.send(self.door.client, packet, SERVER))


class Settings(unittest.TestCase):
    def door(self, **options):
        door = Door(**options)
        self.addCleanup(door.close)
        return door

    def test_a_filter_that_says_more_than_a_port_holds_for_a_syn_too(self):
        for filter_, opens in (("port 62201", True), ("port 62201 and src net 10.0.0.0/8", False),
                               ("udp port 62201 or tcp port 443", False)):
            with self.subTest(filter_):
                door = self.door(PCAP_FILTER=f"({filter_}) or src host 203.0.113.99 or udp port 62201")
                syn.send(door.client, door.packet(allow="192.0.2.88"), door.address)
                if opens:
                    door.wait_grant("192.0.2.88")
                door.good_knock_opens()
                self.assertEqual(opens, bool(door.grants("192.0.2.88")))

    def test_a_firewall_that_answers_a_syn_to_the_knock_port_is_warned_about(self):
        for setting, target, words in (("Y", "ACCEPT", "lets tcp/62201 through: .*RST"), ("Y", "REJECT", "tcp/62201 .REJECT"),
                                       ("N", "ACCEPT", None)):
            with self.subTest(f"{setting} {target}"):
                door = self.door(start=False, ENABLE_SYN_KNOCK=setting)
                door.firewall.iptables("-A", "INPUT", "-p", "tcp", "--dport", "62201", "-j", target)
                door.server.start()
                if words:
                    door.wait_said(words)
                else:
                    self.assertNotIn("62201 through", door.log())
