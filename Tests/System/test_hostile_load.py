"""A minute of everything that is wrong, as fast as one core can send it, while honest clients knock."""

import re
import sys
import time

from harness import clients, hostile, traffic
from harness.door import Door, DoorCase
from harness.flood import Flood
from harness.keys import Keys, rc_section, stanza
from harness.namespaces import link_address
from harness.processes import status
from harness.waiting import TooLate, until

EXPIRED = Keys.new()
SECONDS = 60


def memory(pid):
    """KiB that are resident, and those of them that no file backs. (The proportional size would grow with the end of
    another process that shares the programs' pages.)"""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        fields = dict(re.findall(r"^(\w+):\s+(\d+) kB", file.read(), re.MULTILINE))
    return int(fields["Rss"]), int(fields["Anonymous"])


class HostileLoad(DoorCase):
    weight = 80
    HONEST = "203.0.113.3"

    @classmethod
    def make_door(cls):
        keys = Keys.new()
        door = Door(keys=keys, access=stanza(keys, FW_ACCESS_TIMEOUT=200, MAX_FW_TIMEOUT=200)
                    + stanza(EXPIRED, ACCESS_EXPIRE_EPOCH=1_000_000_000))
        for host in (door.client, door.host):
            host.run("ip", "link", "set", "veth0", "mtu", str(hostile.MTU))
        # The honest client is another address on the same cable.
        door.client.run("ip", "addr", "add", f"{cls.HONEST}/24", "dev", "veth0")
        door.client.run("ip", "route", "replace", f"{door.address}/32", "dev", "veth0", "src", cls.HONEST)
        door.host.run("ip", "neigh", "replace", cls.HONEST, "lladdr", link_address(door.client, "veth0"), "dev", "veth0",
                      "nud", "permanent")
        return door

    def maker(self):
        door = self.door
        replayed = door.packet(allow="10.1.0.1")
        door.send(replayed)
        door.wait_grant("10.1.0.1")
        return hostile.Maker(
            door.client_address, door.address, *(bytes.fromhex(link_address(host, "veth0").replace(":", ""))
                                                 for host in (door.client, door.host)), replayed,
            [door.packet(keys=EXPIRED, allow=f"10.66.0.{n}") for n in range(1, 11)],
            [door.packet("--time-offset-minus", "600s", allow=f"10.66.1.{n}") for n in range(1, 11)])

    def knock_until_open(self, rc, address):
        """Knocks as a client does, until the door is open; how many packets were lost."""
        for lost in range(3):
            clients.spa_knock(self.door.client, self.door.folder, rc, "-n", "server", "-A", "tcp/22", "-a", address)
            try:
                until(lambda: self.door.grants(address), 1, lambda: f"a knock for {address}; {self.door.log()[-2000:]}",
                      step=0.05)
                return lost
            except TooLate:
                if lost == 2:
                    raise
        return None

    def test_a_minute_of_hostile_frames_costs_no_knock_no_memory_no_answer_and_few_lines(self):
        door = self.door
        rc = door.folder.write("honest.rc", rc_section("server", door.keys, SPA_SERVER=door.address))
        frames = hostile.frames(self.maker(), 60)
        with traffic.Sniffer(door.client, "veth0", own=False) as sniffer:
            flood = Flood(door.client, "veth0", frames, SECONDS)
            self.addCleanup(flood.close)
            knocked, late, lost, warm = {"10.1.0.1"}, [], 0, None
            begun, lines = time.monotonic(), len(door.log().splitlines())
            while flood.running():
                address = f"10.2.0.{len(knocked)}"
                knocked.add(address)
                sent = time.monotonic()
                lost += self.knock_until_open(rc, address)
                late.append(time.monotonic() - sent)
                if warm is None and sent - begun > 10:
                    warm = {name: memory(pid) for name, pid in door.server.pids.items()}
                time.sleep(max(0, 1 - late[-1]))
            grown = {name: tuple(after - before for after, before in zip(memory(pid), warm[name]))
                     for name, pid in door.server.pids.items()}
            count = flood.sent()
            heard = [traffic.describe(frame) for frame in sniffer.heard()]
        written = len(door.log().splitlines()) - lines - 2 * len(late)
        print(f"{count / SECONDS:.0f} frames/s; {len(late)} knocks, {lost} of them twice, the slowest open after {max(late):.3f} s;"
              f" {written} other lines; KiB grown, resident and anonymous: {grown}", file=sys.stderr)
        # What one core can send, less what others take of it.
        self.assertGreater(count, 200_000)
        # The frames did arrive, and were judged to the end.
        for words in ("Replay detected", "Access stanza has expired", r"difference is too great \(6\d\d seconds\)"):
            self.assertRegex(door.log(), words)
        self.assertGreater(len(late), 10)
        # None is lost to the flood; one may be where other programs keep the processors from the capture.
        self.assertLessEqual(lost, 2)
        self.assertEqual([], heard)
        self.assertEqual(knocked, {grant.source for grant in door.grants()})
        self.assertEqual({22}, {grant.port for grant in door.grants()})
        self.assertLess(max(resident for resident, _ in grown.values()), 4096, grown)
        self.assertLess(max(anonymous for _, anonymous in grown.values()), 1024, grown)
        self.assertLess(written, 600)
        self.assertEqual(3, len(door.server.living()))
        self.assertEqual(0, int(status(door.server.pids["spad-worker"])["CapEff"], 16))
