"""Legacy iptables: the same door, under the lock that all its tools on the machine share."""

import fcntl
import os
import socket
import subprocess

from harness.door import FreshDoorCase
from harness.firewall import CHAIN
from harness.waiting import until, until_clock


class LegacyIptables(FreshDoorCase):
    weight = 30

    def open_legacy(self, **options):
        return self.open_door(firewall="iptables-legacy", **options)

    def hold_lock(self, door):
        """Another program takes the machine's lock; it is held from here until that program is killed."""
        holder = door.host.popen(["flock", "-o", "/run/xtables.lock", "sh", "-c", "echo held; exec sleep 1000"],
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.assertEqual("held\n", holder.stdout.readline())
        self.addCleanup(holder.stdout.close)
        return holder

    def test_from_knock_to_rule_to_expiry_to_the_end(self):
        door = self.open_legacy(lifetime=6)
        before = [rule for rule in door.firewall.rules() if CHAIN not in rule]
        self.assertNotIn(CHAIN, door.host.run("iptables-nft", "-S").stdout)
        door.service(22)
        self.assertFalse(door.is_open())
        door.knock()
        grant = door.wait_grant()
        until(door.is_open, 2, "an open door")
        until_clock(grant.expires + 1)
        self.assertFalse(door.is_open())
        door.server.daemon.wait_log("Removed rule")
        self.assertEqual([], door.grants())
        self.assertEqual(0, door.server.stop())
        self.assertEqual(before, door.firewall.rules())

    def test_what_an_earlier_life_left_goes_at_the_start(self):
        door = self.open_legacy()
        door.knock()
        door.wait_grant()
        door.server.kill_all()
        self.assertEqual(1, len(door.grants()))
        door.server.start()
        self.assertEqual([], door.grants())
        door.good_knock_opens()

    def test_many_at_once_all_open_and_all_end(self):
        door = self.open_legacy(lifetime=15)
        door.send([door.packet(allow=f"192.0.2.{number}") for number in range(1, 101)], pause=0.002)
        until(lambda: len(door.grants()) == 100, 5, lambda: f"100 grants; there are {len(door.grants())}")
        until_clock(max(grant.expires for grant in door.grants()))
        until(lambda: not door.grants(), 5, lambda: f"no grant; there are {len(door.grants())}")

    def test_a_chain_that_the_administrator_took_away_comes_back_with_a_knock(self):
        door = self.open_legacy()
        door.firewall.iptables("-F")
        door.firewall.iptables("-X")
        door.service(22)
        door.knock()
        until(door.is_open, 5, "an open door")
        door.server.daemon.wait_log("was gone: made again")

    def manager(self, door):
        """A service manager's socket, in the server's network, where an abstract name lives."""
        name = f"sallyport-test-{os.getpid()}"
        with door.host.entered():
            manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind("\0" + name)
        manager.settimeout(60)
        door.server.environment = {**os.environ, "NOTIFY_SOCKET": "@" + name}
        return manager

    def wait_status(self, manager, text):
        until(lambda: f"STATUS={text}" in manager.recv(4096).decode(), 10, f"the status {text}")

    def test_a_lock_that_another_program_holds_is_waited_for(self):
        door = self.open_legacy(start=False)
        manager = self.manager(door)
        door.server.start()
        self.wait_status(manager, "Judging")
        self.assertEqual((0, 0o600), (os.stat(self.lock_of(door)).st_uid, os.stat(self.lock_of(door)).st_mode & 0o777))
        holder = self.hold_lock(door)
        door.knock()
        door.server.daemon.wait_log("waiting for /run/xtables.lock, which another program has locked", 5)
        self.wait_status(manager, "Waiting for /run/xtables.lock")
        # Other work goes on meanwhile.
        door.knock(access="tcp/23")
        door.server.daemon.wait_log("One or more requested protocol/ports was denied")
        self.assertEqual(0, door.server.reload().returncode)
        self.assertNotIn("Added access rule", door.log())
        self.assertNotIn("_exp_", door.firewall.save())  # -S would wait for the lock
        holder.kill()
        door.wait_grant()
        door.server.daemon.wait_log("firewall: it works again")
        self.wait_status(manager, "Judging")
        door.server.daemon.wait_log("Added access rule")

    def test_a_lock_that_stays_held_costs_the_knock_and_not_the_server(self):
        door = self.open_legacy(lifetime=3)
        holder = self.hold_lock(door)
        door.knock()
        door.server.daemon.wait_log(r"No access for \S+ to tcp/22", 10)
        self.assertIn("it waited too long for /run/xtables.lock", door.log())
        holder.kill()
        door.wait_granted(door.good_knock_opens().source)
        self.assertEqual([], door.grants(door.client_address))
        self.assertNotIn(f" for {door.client_address} ->", door.log())

    def test_a_lock_that_is_held_at_the_start_is_waited_for_and_the_status_says_so(self):
        door = self.open_legacy(start=False)
        holder = self.hold_lock(door)
        manager = self.manager(door)
        door.server.start("waiting for /run/xtables.lock")
        self.wait_status(manager, "Waiting for /run/xtables.lock")
        door.knock()
        door.server.daemon.wait_log("SPA Packet from IP")
        self.assertNotIn("spad is ready", door.log())
        holder.kill()
        door.server.daemon.wait_log("spad is ready")
        door.wait_grant()
        self.wait_status(manager, "Judging")

    def test_no_tool_of_ours_runs_while_another_program_holds_the_lock(self):
        door = self.open_legacy(lifetime=5)
        door.knock()
        grant = door.wait_grant()
        with open(self.lock_of(door)) as lock:
            until(lambda: self.taken(lock), 2, "the lock")
            before = self.rules(door)
            door.knock(allow="192.0.2.77")
            until_clock(grant.expires + 1)
            self.assertEqual(before, self.rules(door))
        until(lambda: not door.grants(), 5, lambda: f"an end of {door.grants()}")

    def test_a_held_lock_does_not_concern_the_nf_tables_kind(self):
        door = self.open_door(firewall="iptables-nft", start=False)
        self.hold_lock(door)
        door.server.start()
        door.knock()
        door.wait_grant()
        self.assertNotIn("waiting", door.log())

    @staticmethod
    def rules(door):
        """The rules, read without the lock."""
        return [line for line in door.firewall.save().splitlines() if line.startswith("-A")]

    @staticmethod
    def lock_of(door):
        """The host's lock file as a path of this process."""
        return f"/proc/{door.server.daemon.pid}/root/run/xtables.lock"

    @staticmethod
    def taken(lock):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
