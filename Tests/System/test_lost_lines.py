"""What the log could not take is told: how much, and of which kind. The doors do not wait for it."""

import errno
import re
import signal
import subprocess
import time

from harness.door import DoorCase, FreshDoorCase
from harness.keys import Keys
from harness.narrow import shrink_buffer
from harness.overseen import SpadWhoseHelperIsNotHeard, SpadWhoseWorkerIsNotHeard
from harness.waiting import until


def told(pattern, log):
    """The sum of the numbers that lines of this shape name."""
    return sum(int(number) for number in re.findall(pattern, log, re.MULTILINE))


def waits(pid):
    """How often a process has given the processor away by itself."""
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", file.read(), re.MULTILINE)[1])


class StoppedSupervisor(FreshDoorCase):
    weight = 5

    def knock_while_stopped(self, door, count):
        """So many knocks while spad stands still; it goes on when all their rules are there."""
        packets = [door.packet(allow=f"10.9.{n // 250}.{n % 250 + 1}") for n in range(count)]
        door.server.kill("spad", signal.SIGSTOP)
        try:
            door.send(packets, pause=0.002)
            until(lambda: len(door.grants()) == count, 20, lambda: f"{count} grants; there are {len(door.grants())}")
        finally:
            door.server.kill("spad", signal.SIGCONT)

    def test_700_knocks_while_spad_stands_still_are_all_logged_with_their_users(self):
        door = self.open_door(lifetime=120)
        self.knock_while_stopped(door, 700)
        door.server.daemon.wait_log(r"Added access rule .*\(stanza #1, user tester, packet from ", 10, times=700)
        self.assertEqual(700, door.server.daemon.count("received with access source match"))
        self.assertNotRegex(door.log(), "user unknown|lost|left out")

    def test_what_does_not_fit_is_told_by_kind_and_nothing_is_lost_afterwards(self):
        door = self.open_door(lifetime=15)
        for name in ("spad-helper", "spad-worker"):
            shrink_buffer(door.server.pids[name])
        self.knock_while_stopped(door, 100)
        log = door.server.daemon
        log.wait_log("warning: .*about accepted packets were lost")
        log.wait_log("warning: .*about added rules.* were lost")
        for line, lost in (("received with access source match", r"(\d+) lines about accepted packets were lost"),
                           ("Added access rule", r"(\d+) lines about added rules")):
            until(lambda: log.count(line) + told(lost, door.log()) == 100, 5, door.log)
        self.assertGreater(told(r"(\d+) lines about added rules", door.log()), 50)
        # The ends of these grants are events of the same link.
        until(lambda: not door.grants(), 10, "the end of the grants")
        until(lambda: 100 == log.count("^Removed rule") + told(r"(\d+) lines about removed rules", door.log()), 5,
              lambda: f"the removals: {door.log()[-2000:]}")
        door.good_knock_opens()
        log.wait_log(r"Added access rule to FWKNOP_INPUT for 192\.0\.2\.")

    def test_a_reload_that_was_asked_for_during_the_standstill_ends_after_it(self):
        """Changes of state wait behind what was lost, and are not lost themselves."""
        door = self.open_door(lifetime=120)
        for name in ("spad-helper", "spad-worker"):
            shrink_buffer(door.server.pids[name])
        packets = [door.packet(allow=f"10.9.0.{n + 1}") for n in range(50)]
        door.server.kill("spad", signal.SIGSTOP)
        try:
            door.send(packets, pause=0.002)
            until(lambda: len(door.grants()) == 50, 20, "50 grants")
            reload = door.host.popen(door.server.arguments("-R"), stderr=subprocess.PIPE)
            self.addCleanup(reload.kill)
        finally:
            door.server.kill("spad", signal.SIGCONT)
        self.assertIn(b"Reloaded", reload.communicate(timeout=60)[1])
        self.assertEqual(0, door.server.reload().returncode)
        door.good_knock_opens()


class KernelWithoutMemory(FreshDoorCase):
    """The connection has room, and the kernel no memory to put a message there."""

    weight = 3

    def grants_go_on_and_it_is_tried_again_now_and_then(self, server, line):
        for code in (errno.ENOBUFS, errno.ENOMEM):
            with self.subTest(errno.errorcode[code]):
                door = self.open_door(server=server, start=False, lifetime=120)
                door.server.heal()
                door.server.start()
                door.server.fail(code)
                door.good_knock_opens()
                until(door.server.refused, 5, "a message that found no memory")
                # Asked again for as long as poll(2) says that there is room, it would be thousands.
                time.sleep(1)
                self.assertLess(door.server.refused(), 100)
                door.server.heal()
                door.server.daemon.wait_log(line)
                door.good_knock_opens()
                self.assertEqual(3, len(door.server.living()))

    def test_the_helper_tells_later_what_was_lost(self):
        self.grants_go_on_and_it_is_tried_again_now_and_then(SpadWhoseHelperIsNotHeard, r"\d+ lines about added rules")

    def test_the_worker_does_not_ask_again_and_again_because_of_a_packet_that_it_refused(self):
        door = self.open_door(server=SpadWhoseWorkerIsNotHeard, start=False)
        door.server.heal()
        door.server.start()
        door.server.fail(errno.ENOBUFS)
        before = waits(door.server.pids["spad-worker"])
        door.send([door.packet(keys=door.keys.replaced(hmac=Keys.new().hmac))])
        until(door.server.refused, 5, "a message that found no memory")
        time.sleep(1)
        self.assertLess(waits(door.server.pids["spad-worker"]) - before, 800)
        door.server.heal()
        door.server.daemon.wait_log(r"^\(1 lines about packets .* left out\)$")
        door.good_knock_opens()

    def test_the_worker_tells_later_what_was_lost(self):
        self.grants_go_on_and_it_is_tried_again_now_and_then(SpadWhoseWorkerIsNotHeard, r"\d+ lines about accepted packets")


class Floods(DoorCase):
    def test_of_500_wrong_packets_each_is_a_line_or_in_a_number(self):
        door = self.door
        packet = bytearray(door.packet(keys=door.keys.replaced(hmac=Keys.new().hmac)))
        payloads = []
        for number in range(500):
            packet[20:24] = b"%04d" % number
            payloads.append(bytes(packet))
        door.send(payloads, pause=0.001)
        # No other packet follows: the number is told without one.
        seen = lambda: (door.server.daemon.count("Non-corresponding HMAC")
                        + told(r"^\((\d+) lines about packets of strangers were left out\)$", door.log()))
        until(lambda: seen() == 500, 15, lambda: f"500 packets in the log, not {seen()}")
        self.assertLess(len(door.log().splitlines()), 100)


class Verbosity(FreshDoorCase):
    @staticmethod
    def is_noticed(door):
        """Sends a packet that is one, and is not ours; whether such a one is in the log."""
        door.send([door.packet(keys=door.keys.replaced(hmac=Keys.new().hmac))])
        return "Non-corresponding HMAC" in door.log()

    def test_what_is_no_packet_is_logged_on_demand_alone(self):
        door = self.open_door()
        noise = [b"A" * 139, b"A" * 200 + b"\n", b"U2FsdGVkX1" + b"A" * 200]
        door.send(noise)
        door.good_knock_opens()
        self.assertNotIn("No SPA packet", door.log())
        door.server.configure(VERBOSE=1)
        self.assertEqual(0, door.server.reload().returncode)
        door.send(noise)
        log = door.server.daemon
        log.wait_log(r"^\[203\.0\.113\.2\] No SPA packet \(byte that is not base64\): refused$")
        log.wait_log(r"^\[203\.0\.113\.2\] No SPA packet \(constant prefix left on\): refused$")
        door.send([noise[1]] * 5000)
        # The capture may have had no room for one packet more.
        until(lambda: self.is_noticed(door), 10, "a packet with a wrong HMAC")
        door.good_knock_opens()
        self.assertLess(log.count("No SPA packet"), 60)
