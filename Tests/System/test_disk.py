"""Disks that are full, read-only or gone: what cannot be remembered is not granted, and the log says which path it is."""

import errno
import os
import re

from harness.disk import PAGE, Disk
from harness.door import FreshDoorCase
from harness.overseen import SpadOnABadDisk
from harness.processes import Daemon
from harness.waiting import until

STORE = ("replay/first", "replay/second")
FULL = "No space left on device"


class StateFolder(FreshDoorCase):
    def door_on_disk(self, size, start=True, **settings):
        """A door whose state lies on a disk of its own."""
        door = self.open_door(start=False, **settings)
        disk = door.own(Disk(door.folder, size))
        door.server.configure(STATE_DIR=disk.path)
        if start:
            door.server.start()
        return door, disk

    def refused_start(self, door):
        done = door.server.command("-f")
        self.assertEqual(1, done.returncode, done.stdout + done.stderr)
        until(lambda: not door.host.processes(), 5, lambda: f"the end of {door.host.processes()}")
        self.assertEqual([], door.grants())
        return done.stdout + done.stderr

    def starts_again(self, door):
        """It starts, and refuses what may have been granted before until it can be sure."""
        door.server.start(r"Waiting until|\bready\b")

    def test_a_start_on_a_full_disk_fails_and_names_the_file(self):
        for size, name in ((3 << 20, "replay/second.new"), (1 << 20, "replay/first.new"), (PAGE, "replay")):
            with self.subTest(name):
                door, disk = self.door_on_disk(size, start=False)
                if size == PAGE:
                    disk.fill()
                said = self.refused_start(door)
                self.assertRegex(said, rf"(?m)^error: .*{disk.join(name)}.*: {FULL}$")

    def test_when_there_is_room_again_it_starts(self):
        door, disk = self.door_on_disk(8 << 20, start=False)
        disk.fill()
        self.refused_start(door)
        disk.make_room()
        self.starts_again(door)

    def test_a_start_on_a_read_only_disk_fails_and_names_the_file(self):
        door, disk = self.door_on_disk(8 << 20, start=False)
        disk.read_only()
        self.assertIn(f"error: mkdir {disk.join('replay')}: Read-only file system\n", self.refused_start(door))
        disk.read_only(False)
        self.starts_again(door)
        door.server.stop()
        disk.read_only()
        self.assertRegex(self.refused_start(door), rf"error: .*{disk.join('replay/first')}.*: Read-only file system\n")

    def test_a_broken_store_that_cannot_be_begun_anew_is_named(self):
        door, disk = self.door_on_disk(8 << 20)
        door.server.stop()
        for name in STORE:
            disk.punch(name)
        disk.fill()
        said = self.refused_start(door)
        self.assertIn(f"error: spad-worker cannot use the replay store in {disk.join('replay')}: {FULL}\n", said)
        disk.make_room()
        self.starts_again(door)

    def test_a_knock_that_cannot_be_remembered_is_refused_until_there_is_room(self):
        door, disk = self.door_on_disk(8 << 20)
        door.good_knock_opens()
        # The records are written in place; without their pages each needs room again.
        for name in STORE:
            disk.punch(name, PAGE)
        disk.fill()
        packets = [door.packet(allow=f"10.3.0.{number}") for number in range(1, 6)]
        door.send(packets)
        door.server.daemon.wait_log(
            rf"\[203\.0\.113\.2\] \(stanza #1\) The replay store cannot be written \({FULL}\): refused \(user tester\)",
            times=5)
        self.assertEqual(3, len(door.server.living()))
        # Refused is refused: there is no second chance for these.
        disk.make_room()
        door.send(packets)
        door.good_knock_opens()
        self.assertFalse([grant for grant in door.grants() if "10.3." in grant.rule])
        # What was granted since is known to the next life.
        door.server.kill_all()
        packet = door.packet(allow="10.3.1.1")
        door.server.start()
        door.send(packet)
        door.wait_grant("10.3.1.1")
        door.server.kill_all()
        door.firewall.iptables("-F", "FWKNOP_INPUT")
        door.server.start()
        door.send(packet)
        door.good_knock_opens()
        self.assertEqual([], door.grants("10.3.1.1"))


class StoreThatTakesNoWrites(FreshDoorCase):
    """A kernel makes a file system read-only under open files when it finds it broken. Nobody can order that: a remount is
    refused as long as the worker has its files (EBUSY). So the worker's calls are answered as they would be then."""

    weight = 3

    @staticmethod
    def opened(door):
        return [grant for grant in door.grants() if grant.source.startswith("10.3.")]

    def test_nothing_is_granted_that_cannot_be_recorded_and_the_next_knock_after_that_opens(self):
        door = self.open_door(server=SpadOnABadDisk, start=False)
        door.server.heal()
        door.server.start()
        door.good_knock_opens()
        for number, code in enumerate((errno.EROFS, errno.EIO, errno.ENOSPC), 1):
            with self.subTest(errno.errorcode[code]):
                door.server.fail(code)
                packets = [door.packet(allow=f"10.3.{number}.{place}") for place in range(1, 4)]
                door.send(packets)
                door.server.daemon.wait_log(
                    r"\[203\.0\.113\.2\] \(stanza #1\) The replay store cannot be written"
                    rf" \({os.strerror(code)}\): refused \(user tester\)", times=3)
                self.assertEqual([], self.opened(door))
                door.server.heal()
                # Refused is refused.
                door.send(packets)
                door.good_knock_opens()
                self.assertEqual([], self.opened(door))
        self.assertEqual(3, len(door.server.living()))
        # The store is whole: what was granted since is known to the next life.
        known = door.packet(allow="10.3.9.9")
        door.send(known)
        door.wait_grant("10.3.9.9")
        door.server.kill_all()
        door.server.start()
        door.send(known)
        door.good_knock_opens()
        self.assertEqual([], self.opened(door))


class LogThatIsFullOrGone(FreshDoorCase):
    def test_a_full_log_disk_stops_no_grant_and_the_lost_lines_are_told(self):
        # The end of a grant would be a line, too.
        door = self.open_door(start=False, lifetime=300)
        disk = door.own(Disk(door.folder, 1 << 20))
        log = disk.join("spad.log")
        spad = Daemon(door.host, door.server.arguments("-f"), log)
        self.addCleanup(spad.close)
        spad.wait_log("ready")
        disk.fill()
        for number in range(40):
            door.knock(allow=f"10.3.0.{number + 1}")
        until(lambda: len(door.grants()) == 40, 5, lambda: f"40 grants; there are {len(door.grants())}")
        disk.make_room()
        door.knock(allow="192.0.2.1")
        door.wait_grant("192.0.2.1")
        spad.wait_log(r"Added access rule to FWKNOP_INPUT for 192\.0\.2\.")
        lost = re.findall(r"^\((\d+) lines were lost: the log took none\)$", spad.log(), re.MULTILINE)
        whole = [line for line in spad.log().splitlines() if re.search(r"\(user tester\)$|packet from \S+\)$", line)]
        self.assertEqual(1, len(lost), spad.log())
        # 41 knocks, two lines each.
        self.assertEqual(82, int(lost[0]) + len(whole))

    def test_a_reader_of_the_log_that_is_gone_stops_neither_a_grant_nor_the_end(self):
        door = self.open_door(start=False, lifetime=300)
        read, write = os.pipe()
        spad = door.host.popen(door.server.arguments("-f"), stderr=write)
        self.addCleanup(spad.kill)
        os.close(write)
        with os.fdopen(read) as log:
            until(lambda: "ready" in log.readline(), 10, "the server")
        for number in range(20):
            door.knock(allow=f"10.3.0.{number + 1}")
        until(lambda: len(door.grants()) == 20, 5, lambda: f"20 grants; there are {len(door.grants())}")
        spad.terminate()
        self.assertEqual(0, spad.wait(60))
        self.assertEqual([], door.grants())
