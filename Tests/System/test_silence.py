"""What must be refused opens nothing and is answered with nothing: no packet of any protocol leaves the server."""

import base64
import os

from harness.door import Door, DoorCase
from harness.keys import Keys, stanza
from harness.traffic import describe

USER_KEYS = Keys.new()


class TheSniffer(DoorCase):
    def test_it_does_hear_a_server_that_answers(self):
        door = self.door
        door.service(2222)
        with door.sniffer() as sniffer:
            door.send(door.packet(access="tcp/2222"))
            door.wait_grant(port=2222)
            self.assertTrue(door.is_open(2222, timeout=10))
            self.assertTrue(sniffer.heard())


class RefusedAndSilent(DoorCase):
    weight = 7

    @classmethod
    def make_door(cls):
        keys = Keys.new()
        return Door(keys=keys, access=stanza(keys) + stanza(USER_KEYS, REQUIRE_USERNAME="alice"))

    def refused(self, payloads, log=None, **options):
        """Sends what must be refused, then a good knock for somebody else. When that one's rule is there, the others
        have been judged: no rule for us may exist, and nothing may have come back."""
        door = self.door
        before = len(door.log())
        with door.sniffer() as sniffer:
            door.send(payloads, **options)
            door.good_knock_opens()
            self.assertEqual([], [describe(frame) for frame in sniffer.heard()])
        self.assertEqual([], door.grants(door.client_address))
        if log:
            door.wait_said(log, since=before)

    def test_a_wrong_encryption_key_is_refused(self):
        self.refused(self.door.packet(keys=self.door.keys.replaced(encryption=Keys.new().encryption)))

    def test_a_wrong_hmac_key_is_refused(self):
        self.refused(self.door.packet(keys=self.door.keys.replaced(hmac=Keys.new().hmac)))

    def test_a_replay_is_refused_and_logged(self):
        door = self.door
        packet = door.packet("-f", "1")
        door.send(packet)
        door.wait_granted()
        door.wait_no_grant(timeout=8)
        self.refused([packet] * 3, r"Replay detected from source IP: 203\.0\.113\.2")

    def test_a_packet_of_130_seconds_ago_is_refused_and_logged(self):
        self.refused(self.door.packet("--time-offset-minus", "130s"),
                     r"\[203\.0\.113\.2\] \(stanza #1\) SPA data time difference is too great \(\d+ seconds\)")

    def test_a_packet_from_130_seconds_ahead_is_refused_and_logged(self):
        self.refused(self.door.packet("--time-offset-plus", "130s"), r"SPA data time difference is too great")

    def test_a_port_that_is_not_listed_is_refused_and_logged(self):
        self.refused(self.door.packet(access="tcp/23"), r"denied per access\.conf")

    def test_one_port_that_is_not_listed_spoils_the_request(self):
        self.refused(self.door.packet(access="tcp/22,tcp/23"), r"denied per access\.conf")

    def test_the_protocol_of_a_port_counts(self):
        self.refused(self.door.packet(access="udp/22"), r"denied per access\.conf")

    def test_another_user_than_the_required_one_is_refused_and_logged(self):
        self.refused(self.door.packet("--spoof-user", "mallory", keys=USER_KEYS), r"Username in SPA data")

    def test_the_required_user_is_let_in(self):
        self.door.send(self.door.packet("--spoof-user", "alice", keys=USER_KEYS, allow="192.0.2.254"))
        self.door.wait_grant("192.0.2.254")

    def test_random_bytes_of_every_length_are_refused(self):
        self.refused([os.urandom(length) for length in range(1601)], pause=0.0002)

    def test_random_base64_of_every_length_is_refused(self):
        text = base64.b64encode(os.urandom(1300))
        self.refused([text[:length] for length in range(1601)], pause=0.0002)

    def test_a_truncated_packet_is_refused(self):
        packet = self.door.packet()
        lengths = {1, 20, 64, 139, 140, 141, len(packet) // 2, len(packet) - 43, len(packet) - 4, len(packet) - 1}
        self.refused([packet[:length] for length in sorted(lengths)])

    def test_a_lengthened_packet_is_refused(self):
        packet = self.door.packet()
        self.refused([packet + b"A", packet + b"=", packet + b"\n", packet + packet, b"U2FsdGVkX1" + packet])

    def test_one_changed_character_is_refused(self):
        packet = self.door.packet()
        self.refused([packet[:at] + (b"A" if packet[at:at + 1] != b"A" else b"B") + packet[at + 1:]
                      for at in range(0, len(packet), 7)])

    def test_knocking_on_other_ports_does_nothing(self):
        door = self.door
        packet = door.packet()
        with door.sniffer() as sniffer:
            for port in (22, 62200, 62202):
                door.send(packet, port=port)
            door.good_knock_opens()
            self.assertEqual([], [describe(frame) for frame in sniffer.heard()])
        self.assertEqual([], door.grants(door.client_address))

    def test_zz_after_all_of_this_a_good_knock_opens(self):
        door = self.door
        listener = door.service(22)
        self.addCleanup(listener.close)
        self.assertFalse(door.is_open())
        door.knock()
        door.wait_grant()
        self.assertTrue(door.is_open(timeout=10))
