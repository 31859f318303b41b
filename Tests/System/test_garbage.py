"""A flood of garbage costs a bounded log, and the door still opens afterwards."""

import os
import base64

from harness.door import DoorCase


class Garbage(DoorCase):
    def test_the_log_stays_bounded_under_wrong_packets_and_the_door_opens_afterwards(self):
        door = self.door
        packet = bytearray(door.packet())
        garbage = []
        for number in range(30000):
            packet[20:36] = base64.b64encode(number.to_bytes(12, "big"))
            garbage.append(bytes(packet))
        before = len(door.log())
        door.send(garbage)
        door.good_knock_opens()
        written = door.log()[before:]
        self.assertLess(len(written), 200_000)
        self.assertLess(written.count("\n"), 1000)
        self.assertEqual(3, len(door.server.living()))

    def test_hostile_bytes_never_reach_the_log(self):
        door = self.door
        before = len(door.log())
        door.send([b"\x1b]0;title\x07" + os.urandom(200), b"\n[*] forged line\n" + b"A" * 200])
        door.good_knock_opens()
        written = door.log()[before:]
        self.assertNotIn("\x1b", written)
        self.assertNotIn("forged", written)
