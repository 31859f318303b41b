"""The interface comes late, goes, comes back, changes its name: the server waits, says so, and opens again; what is open
stays open meanwhile."""

import os
import re
import socket
import subprocess

from harness.door import FreshDoorCase
from harness.namespaces import acquaint, wire
from harness.traffic import send
from harness.waiting import until

CAPTURING = r"^Capturing at interface veth0"


class InterfaceCase(FreshDoorCase):
    def link(self, door, *words):
        door.host.run("ip", "link", *words)

    def up(self, door, name="veth0"):
        """Up again; the kernel has forgotten the neighbours."""
        self.link(door, "set", name, "up")
        acquaint(door.client, "veth0", door.host, name)

    def said(self, door, pattern, times=1):
        """Waits for a line; each change is one line and not more."""
        door.server.daemon.wait_log(pattern, 5, times)
        self.assertEqual(times, door.server.daemon.count(pattern), door.log())

    def opened(self):
        """A door with an open grant for an hour's fraction that outlasts the test."""
        door = self.open_door(lifetime=300)
        door.knock()
        self.rule = door.wait_grant()
        return door

    def check_still_serves(self, door):
        door.good_knock_opens()
        self.assertIn(self.rule, door.grants())
        self.assertEqual(3, len(door.server.living()))


class LateInterfaces(InterfaceCase):
    weight = 3

    def manager(self, door):
        """The service manager's end, in the place of systemd."""
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.settimeout(60)
        manager.bind(door.folder.join("notify"))
        door.server.environment = {**os.environ, "NOTIFY_SOCKET": door.folder.join("notify")}
        return manager

    def test_an_interface_that_comes_after_the_start_is_waited_for_and_opens(self):
        door = self.open_door(start=False)
        manager = self.manager(door)
        door.world.unplug()
        door.server.start("waiting for interface veth0")
        line = rf"^warning: {door.server.configuration}:1: PCAP_INTF: there is no interface veth0; .*there are: lo\)"
        self.assertRegex(door.log(), f"(?m){line}")
        self.assertEqual("READY=1\nSTATUS=Waiting for interface veth0", manager.recv(4096).decode())
        self.assertNotIn("is ready", door.log())
        door.world.plug()
        self.said(door, CAPTURING)
        self.said(door, "^spad is ready")
        until(lambda: "Judging packets at veth0" in manager.recv(4096).decode(), 5, "the status")
        door.good_knock_opens()
        self.assertEqual(3, len(door.server.living()))

    def test_an_interface_that_is_down_at_the_start_is_waited_for_and_opens(self):
        door = self.open_door(start=False)
        self.link(door, "set", "veth0", "down")
        door.server.start("interface veth0 is down; waiting")
        self.assertNotIn("is ready", door.log())
        self.up(door)
        self.said(door, "^spad is ready")
        door.good_knock_opens()

    def test_a_name_that_cannot_be_one_is_refused(self):
        for name in ("no/such", "a-name-of-16-byte", ""):
            with self.subTest(name):
                door = self.open_door(start=False)
                done = door.host.run(*door.server.arguments("-f", "-i", name), check=False, timeout=20)
                self.assertEqual(1, done.returncode)
                self.assertIn("not the name of an interface", done.stderr)

    def test_nobody_wakes_up_while_the_interface_is_missing(self):
        door = self.open_door(start=False)
        door.world.unplug()
        door.server.start("waiting for interface veth0")
        self.check_asleep(door)

    def test_nobody_wakes_up_while_the_interface_is_down_or_gone(self):
        door = self.open_door()
        self.link(door, "set", "veth0", "down")
        self.said(door, "interface veth0 is down")
        self.check_asleep(door)
        door.world.unplug()
        self.said(door, "interface veth0 is gone")
        self.check_asleep(door)

    def check_asleep(self, door):
        """Once the start is over, neither of the two that know of the interface makes a system call for a second; but for
        the wait itself, which the look interrupts."""
        pids = [str(door.server.pids[name]) for name in ("spad-helper", "spad")]
        seen = []

        def asleep():
            strace = subprocess.run(["timeout", "-s", "INT", "1", "strace", "-qq", "-p", ",".join(pids)],
                                    capture_output=True, text=True, check=False)
            seen[:] = re.findall(r"(?:^|\] )(\w+)\(", strace.stderr, re.MULTILINE)
            return seen and set(seen) <= {"ppoll", "restart_syscall"}

        until(asleep, 6, lambda: f"sleep; there were {seen}")


class LivingInterfaces(InterfaceCase):
    weight = 8

    def test_an_interface_that_goes_down_opens_again_when_it_is_up(self):
        door = self.opened()
        for times in (1, 2):
            self.link(door, "set", "veth0", "down")
            self.said(door, "^warning: interface veth0 is down", times)
            self.up(door)
            self.said(door, CAPTURING, times)
        self.check_still_serves(door)

    def test_an_interface_that_is_removed_and_added_again_is_captured_anew(self):
        door = self.opened()
        for times in (1, 2):
            door.world.unplug()
            self.said(door, "^warning: interface veth0 is gone; waiting for interface veth0", times)
            door.world.plug()
            until(lambda: door.server.daemon.count(CAPTURING) >= times, 5, door.log)
            self.check_still_serves(door)

    def test_an_interface_that_is_replaced_between_two_looks_is_captured_anew(self):
        door = self.opened()
        helper = door.server.pids["spad-helper"]
        os.kill(helper, 19)  # SIGSTOP
        number = self.number(door)
        door.world.unplug()
        door.host.run("ip", "link", "add", "veth0", "index", str(number), "type", "veth", "peer", "name", "veth0",
                      "netns", door.client.path)
        for host, address in ((door.client, door.client_address), (door.host, door.address)):
            host.run("ip", "link", "set", "veth0", "up")
            host.run("ip", "addr", "add", f"{address}/24", "dev", "veth0")
        acquaint(door.client, "veth0", door.host, "veth0")
        self.assertEqual(number, self.number(door))
        os.kill(helper, 18)  # SIGCONT
        self.said(door, CAPTURING)
        self.check_still_serves(door)

    @staticmethod
    def number(door):
        return int(door.host.run("ip", "-o", "link", "show", "dev", "veth0").stdout.split(":")[0])

    def test_a_renamed_interface_is_kept_until_another_one_has_its_name(self):
        door = self.opened()
        self.link(door, "set", "veth0", "down")
        self.link(door, "set", "veth0", "name", "lan0")
        self.up(door, "lan0")
        self.said(door, "^warning: interface veth0 is called lan0 now; capturing there until another one")
        self.check_still_serves(door)
        # Another cable, whose end here has the configured name.
        wire(door.client, "other", door.host, "veth0")
        door.client.run("ip", "addr", "add", "198.51.100.2/24", "dev", "other")
        door.host.run("ip", "addr", "add", "198.51.100.1/24", "dev", "veth0")
        acquaint(door.client, "other", door.host, "veth0")
        self.said(door, CAPTURING)
        door.knock(allow="192.0.2.200")
        send(door.client, door.packet(allow="192.0.2.201"), "198.51.100.1")
        door.wait_grant("192.0.2.201")
        self.assertEqual([], door.grants("192.0.2.200"))
        # And back: the name counts.
        self.link(door, "del", "veth0")
        self.said(door, "^warning: interface veth0 is gone")
        self.link(door, "set", "lan0", "down")
        self.link(door, "set", "lan0", "name", "veth0")
        self.up(door)
        self.said(door, CAPTURING, 2)
        self.check_still_serves(door)

    def test_an_interface_that_flaps_costs_few_lines_and_opens_afterwards(self):
        door = self.opened()
        for _ in range(60):
            self.link(door, "set", "veth0", "down")
            self.link(door, "set", "veth0", "up")
        self.up(door)
        self.check_still_serves(door)
        self.assertLessEqual(door.server.daemon.count("interface veth0"), 11, door.log())

    def test_other_interfaces_may_come_and_go_without_a_word(self):
        door = self.opened()
        before = door.log()
        for _ in range(20):
            wire(door.client, "other", door.host, "other")
            self.link(door, "del", "other")
        self.check_still_serves(door)
        self.assertNotIn("interface", door.log()[len(before):])

    def test_promiscuous_mode_follows_the_interface(self):
        door = self.open_door(ENABLE_PCAP_PROMISC="Y")
        self.assertEqual("1", self.promiscuity(door, "veth0"))
        self.link(door, "set", "veth0", "down")
        self.link(door, "set", "veth0", "name", "lan0")
        wire(door.client, "other", door.host, "veth0")
        self.said(door, CAPTURING)
        self.assertEqual("1", self.promiscuity(door, "veth0"))
        until(lambda: self.promiscuity(door, "lan0") == "0", 5, "the end of the old capture")

    @staticmethod
    def promiscuity(door, name):
        words = door.host.run("ip", "-d", "-o", "link", "show", "dev", name).stdout.split()
        return words[words.index("promiscuity") + 1]
