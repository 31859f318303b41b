"""The power fails: of what the worker wrote the disk has what was synced, and any part of the rest. No packet that the
helper was asked about is granted after it. The writes are those of the running worker, seen call by call."""

import contextlib
import os
import re
import shutil
import signal
import sys
import time
import unittest

from harness import replay_disk as disk
from harness.door import Door
from harness.falling import in_parallel
from harness.processes import Daemon, adopt_orphans, reap_orphans
from harness.servers import HELPER_UID, WORKER_UID, Spad, store_mark
from harness.tracing import Tracer
from harness.waiting import TooLate, until

REQUESTS = 5  # the worker's descriptor on which it asks the helper


class RebootingSpad(Spad):
    """Keeps its store apart from what ends with a boot."""

    def __init__(self, host, folder, access, **settings):
        super().__init__(host, folder, access, STATE_DIR=folder.join("state"), **settings)

    def boot(self):
        """What is below /run is gone, and so are the firewall's rules."""
        shutil.rmtree(self.run_folder, ignore_errors=True)
        if os.path.exists(store_mark(self.state_folder)):
            os.unlink(store_mark(self.state_folder))
        self.host.run("iptables", "-w", "-F", "FWKNOP_INPUT", check=False)


class PowerCut(unittest.TestCase):
    weight = 30

    def recorded(self, before, knocks):
        """A server on the store `before`; `knocks(door, send)` uses it. The packets that were granted, in their order,
        and the worker's calls."""
        adopt_orphans()
        self.door = Door(server=RebootingSpad, start=False)
        self.addCleanup(self.door.close)
        self.folder = self.door.folder.join("state", "replay")
        disk.place(self.folder, before)
        self.door.server.start()
        tracer = self.door.own(Tracer())
        tracer.attach(self.door.server.pids["spad-worker"])
        packets = []

        def send():
            address = f"10.9.0.{len(packets) + 1}"
            packets.append(self.door.packet(allow=address))
            self.door.send(packets[-1])
            # The tracer waits until somebody takes what it has to say.
            until(lambda: [tracer.poll(), self.door.grants(address)][1], 10, f"the grant of {address}")

        knocks(send)
        tracer.follow(lambda: True)
        self.door.server.kill_all()
        return packets, tracer.calls

    def after_a_cut(self, files, granted):
        """The machine starts again with these two files; true where the store is believed."""
        door, server = self.door, self.door.server
        server.boot()
        disk.place(self.folder, files)
        server.start(r"\bready\b|may have gaps")
        is_whole = "may have gaps" not in door.log()
        try:
            if is_whole:
                door.send(granted)
                door.good_knock_opens()
            else:
                until(lambda: self.are_refused(granted), 5, lambda: f"{len(granted)} refusals:\n{door.log()}")
            again = [grant for grant in door.grants() if grant.source.startswith("10.9.")]
            self.assertEqual([], again, f"granted again: {door.log()}")
        finally:
            server.kill_all()
            reap_orphans((HELPER_UID, WORKER_UID))
        return is_whole

    def are_refused(self, packets):
        """Sends them and waits for as many refusals, but not for long: nothing says when a server that does not open yet
        has begun to hear packets."""
        def refusals():
            return self.door.server.daemon.count("is dated at or before|Replay detected")

        before = refusals()
        self.door.send(packets)
        with contextlib.suppress(TooLate):
            return until(lambda: refusals() >= before + len(packets), 0.3)
        return False

    def check_all(self, what, before, packets, calls, least):
        states = disk.cuts(calls, before, REQUESTS)
        self.assertGreaterEqual(len(states), least)
        self.assertEqual(len(packets), max(states.values()))
        whole = sum(self.after_a_cut(files, packets[:count]) for files, count in states.items())
        print(f"{what}: {len(states)} disks after a power cut, {whole} of them with a store that is believed, after"
              f" {sum(1 for c in calls if c.name == 'pwrite64')} writes and"
              f" {sum(1 for c in calls if c.name == 'fdatasync')} syncs", file=sys.stderr)
        self.assertGreater(whole, len(packets))

    def test_between_any_two_writes_of_a_few_knocks(self):
        def knocks(send):
            send()
            # Genuine and refused: written, and not synced.
            self.door.knock(access="tcp/23")
            send()
            send()

        before = (disk.image([], 1), disk.image([], 0, retired=True))
        packets, calls = self.recorded(before, knocks)
        self.assertIn("fdatasync", [call.name for call in calls])
        self.check_all("knocks", before, packets, calls, least=15)

    def test_between_any_two_writes_while_one_file_takes_over_from_the_other(self):
        def knocks(send):
            for _ in range(3):
                send()

        # Full but for one record; the last thousand are still needed. The other file was used before.
        now = int(time.time())
        dates = [now - 1000] * (disk.SLOTS - 1001) + [now - 60] * 1000
        before = (disk.image(dates, 2), disk.image([now - 2000] * disk.SLOTS, 1, retired=True))
        packets, calls = self.recorded(before, knocks)
        self.assertIn("ftruncate", [call.name for call in calls], "the turn-over was not seen")
        self.check_all("turn-over", before, packets, calls, least=16)


# What spad does to files and names while it starts.
FILE_CALLS = "mkdir,openat,write,pwrite64,ftruncate,fsync,rename,unlink,flock,socket,bind,listen"


class FirstStart(unittest.TestCase):
    """spad is killed while it makes its store for the first time."""

    weight = 10

    @staticmethod
    def first_start(scene, point):
        """A start with nothing there; it ends at a `point`, the Nth call of a name, or is ended when it is ready, with
        None. Its calls."""
        door = scene.door
        door.server.kill_all()
        scene.wait_nobody()
        door.server.boot()
        shutil.rmtree(door.server.state_folder, ignore_errors=True)
        inject = ["-e", f"inject={point[0]}:signal=KILL:when={point[1]}"] if point else []
        first = Daemon(door.host, ["strace", "-qq", "-o", door.folder.join("calls"), "-e", f"trace={FILE_CALLS}", *inject,
                                   *door.server.arguments("-f")], door.folder.join("first.log"))
        try:
            until(lambda: first.process.poll() is not None or "ready" in first.log(), 10, first.log)
            for pid in door.host.processes():
                # The children end by themselves when spad has.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        finally:
            first.close()
        scene.wait_nobody()
        with open(door.folder.join("calls")) as file:
            return re.findall(r"^(\w+)\(", file.read(), re.MULTILINE)

    @classmethod
    def killed_at(cls, scene, point):
        """After such an end the next start works, and its first knock opens. Whether the store counted as lost."""
        calls = cls.first_start(scene, point)
        assert calls[-1] == point[0] and calls.count(point[0]) == point[1], calls
        server = scene.door.server
        server.start(r"\bready\b|may have gaps")
        has_waited = "may have gaps" in scene.door.log()
        server.daemon.wait_log(r"\bready\b", 6)
        scene.door.good_knock_opens()
        return has_waited

    def test_the_next_start_works_and_so_does_its_first_knock(self):
        options = {"server": RebootingSpad, "MAX_SPA_PACKET_AGE": 2}
        [calls] = in_parallel([None], 2, self.first_start, 1, **options)
        points = [(name, calls[:place].count(name) + 1) for place, name in enumerate(calls)]
        # From the first folder that it makes to its own process id in its file.
        points = points[points.index(("mkdir", 1)):points.index(("pwrite64", calls.count("pwrite64"))) + 1]
        waited = in_parallel(points, 2, self.killed_at, 4, **options)
        names = [name for name, _ in points]
        print(f"first start: {len(names)} crash points, {sum(waited)} of them taken as a loss", file=sys.stderr)
        for name, least in {"mkdir": 3, "write": 2, "fsync": 4, "rename": 2, "pwrite64": 2, "flock": 3}.items():
            self.assertGreaterEqual(names.count(name), least, name)
