"""Many knocks, much garbage, and surroundings that do not behave: the server goes on granting."""

import base64
import fcntl
import os
import random
import re
import select
import signal
import string
import subprocess
import sys
import threading
import time

from harness.door import Door, DoorCase, FreshDoorCase
from harness.waiting import TooLate, until

FLOOD = """
import socket, sys, time
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.connect((sys.argv[1], 62201))
packets = [line.encode() for line in sys.stdin.read().split()]
end, count = time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < end:
    for packet in packets:
        try:
            out.send(packet)
        except OSError:
            pass
    count += len(packets)
print(count)
"""


def resident(pid):
    """Resident memory in KiB."""
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])


class Bursts(DoorCase):
    @classmethod
    def make_door(cls):
        return Door(lifetime=250)

    def packets(self, network, count):
        return [self.door.packet(allow=f"10.{network}.{n // 250}.{n % 250 + 1}") for n in range(count)]

    def granted(self, network):
        return sum(1 for grant in self.door.grants() if f"10.{network}." in grant.rule)

    def test_every_one_of_300_knocks_in_one_burst_opens(self):
        self.door.send(self.packets(9, 300))
        until(lambda: self.granted(9) == 300, 10, "300 grants")

    def test_a_flood_of_garbage_costs_no_knock_no_memory_and_few_lines(self):
        letters = string.ascii_letters + string.digits + "+/"
        garbage = "\n".join("".join(random.choices(letters, k=225)) for _ in range(200))
        garbage += "\n" + "\n".join(packet.decode() for packet in self.packets(6, 1))
        flood = self.door.client.popen([sys.executable, "-c", FLOOD, self.door.address, "6"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        self.addCleanup(flood.kill)
        flood.stdin.write(garbage)
        flood.stdin.close()
        # One packet of the flood is good: with its rule the flood has come.
        self.door.wait_grant("10.6.0.1")
        time.sleep(2)
        before = {name: resident(pid) for name, pid in self.door.server.pids.items()}
        lines = len(self.door.log().splitlines())
        for number in range(5):
            self.knock_until_open(f"10.8.0.{number + 1}")
        self.assertGreater(int(flood.stdout.read()), 20_000)
        flood.wait()
        for name, pid in self.door.server.pids.items():
            self.assertLess(resident(pid) - before[name], 2048, f"KiB that {name} has grown")
        self.assertLess(len(self.door.log().splitlines()) - lines, 100)

    def knock_until_open(self, address):
        """As a client does: where other programs have the processor, the capture may have no room for a single packet."""
        for attempt in range(4):
            self.door.send([self.door.packet(allow=address)])
            try:
                return self.door.wait_grant(address, timeout=1)
            except TooLate:
                if attempt == 3:
                    raise
        return None


class ReloadsUnderKnocks(DoorCase):
    weight = 9
    KNOCKS = 1000

    @classmethod
    def make_door(cls):
        return Door(lifetime=250)

    def test_none_of_1000_knocks_and_no_grant_is_lost_while_the_configuration_is_reloaded_without_pause(self):
        door, done, answers = self.door, threading.Event(), []
        wanted = {(f"10.7.{n // 250}.{n % 250 + 1}", (22, 2222)[n % 2]) for n in range(self.KNOCKS)}
        packets = [door.packet(allow=address, access=f"tcp/{port}") for address, port in sorted(wanted)]

        def reload():
            while not done.is_set():
                answers.append(door.server.reload())

        reloader = threading.Thread(target=reload)
        reloader.start()
        try:
            for number, packet in enumerate(packets):
                door.send([packet])  # from a port of its own
                time.sleep(0.01)
                until(lambda: len(answers) >= number // 10, 20, "a hundredth of the reloads")
        finally:
            done.set()
            reloader.join()
        self.assertEqual([], [answer.stderr for answer in answers if answer.returncode])
        until(lambda: len(door.grants()) >= self.KNOCKS, 10, lambda: f"1000 grants; there are {len(door.grants())}")
        self.assertEqual(wanted, {(grant.source, grant.port) for grant in door.grants()})
        log = door.server.daemon
        log.wait_log("Added access rule", times=self.KNOCKS)
        self.assertEqual((self.KNOCKS, 0), (log.count("Added access rule"), log.count("Removed rule|refused|No access")))
        self.assertEqual(3, len(door.server.living()))


class Surroundings(FreshDoorCase):
    def test_a_log_that_nobody_reads_stops_no_grant(self):
        door = self.open_door(start=False)
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
        server = door.host.popen(door.server.arguments("-f"), stdout=write, stderr=write)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        # Read up to here, and no further.
        said = b""
        while b"is ready" not in said:
            self.assertTrue(select.select([read], [], [], 60)[0], said)
            said += os.read(read, 4096)
        os.set_blocking(write, False)
        try:
            while True:
                os.write(write, b"x" * 4096)
        except BlockingIOError:
            pass
        os.set_blocking(write, True)
        os.close(write)
        for number in range(20):
            door.knock(allow=f"10.6.0.{number + 1}")
        until(lambda: len(door.grants()) == 20, 5, "20 grants")

    def test_closed_standard_streams_are_nobody_elses_file(self):
        door = self.open_door(start=False)
        server = door.host.popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *door.server.arguments("-f")])
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        until(lambda: os.path.exists(f"/proc/{server.pid}/fd/2")
              and any("FWKNOP_INPUT" in rule for rule in door.host.run("iptables", "-S").stdout.splitlines()), 10, "start")
        self.assertEqual(["/dev/null"] * 3, [os.readlink(f"/proc/{server.pid}/fd/{number}") for number in range(3)])
        # Nobody says when packets are captured.
        until(lambda: self.knocked_open(door, "10.5.0.1"), 10, "the grant", step=0.2)
        with open(os.path.join(door.server.run_folder, "spad.pid")) as file:
            self.assertEqual(f"{server.pid}\n", file.read())

    @staticmethod
    def knocked_open(door, address):
        door.knock(allow=address)
        return door.grants(address)

    def test_a_storm_of_hang_ups_and_a_double_end_do_no_harm(self):
        door = self.open_door()
        for _ in range(200):
            os.kill(door.server.pids["spad"], signal.SIGHUP)
        door.knock(allow="10.4.0.1")
        door.wait_grant("10.4.0.1")
        for _ in range(2):
            os.kill(door.server.pids["spad"], signal.SIGTERM)
        until(lambda: not door.server.living(), 5, "the end")
        self.assertNotIn("FWKNOP", door.host.run("iptables", "-S").stdout)

    def test_keys_are_in_the_workers_memory_alone(self):
        door = self.open_door()
        for reloads in range(2):
            if reloads:
                self.assertEqual(0, door.server.reload().returncode)
            with self.subTest(f"after {reloads} reloads"):
                found = {name: self.keys_in_memory(door, pid) for name, pid in door.server.pids.items()}
                self.assertEqual({"spad": 0, "spad-helper": 0}, {k: v for k, v in found.items() if k != "spad-worker"})
                self.assertGreater(found["spad-worker"], 0)

    @staticmethod
    def keys_in_memory(door, pid):
        """How often a key, as bytes or as text, stands in the memory of a process."""
        texts = [text.encode() for text in (door.keys.encryption, door.keys.hmac)]
        wanted = texts + [base64.b64decode(text) for text in texts]
        count = 0
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
            for line in maps:
                span, rights = line.split()[:2]
                if not rights.startswith("rw"):
                    continue
                start, end = (int(edge, 16) for edge in span.split("-"))
                memory.seek(start)
                content = memory.read(end - start)
                count += sum(content.count(secret) for secret in wanted)
        return count
