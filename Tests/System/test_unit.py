"""The unit file, under a real systemd: the server works behind every wall that it asks for."""

import os
import shutil
import signal
import subprocess

from harness import needs
from harness.door import Door, DoorCase, FreshDoorCase
from harness.keys import Keys, stanza
from harness.processes import status
from harness.unit import UNIT, UnitSpad
from harness.waiting import until

FILE = os.path.join(needs.REPOSITORY, "contrib", "systemd", UNIT)


class UnderSystemd(DoorCase):
    weight = 5

    @classmethod
    def make_door(cls):
        return Door(server=UnitSpad)

    @property
    def server(self):
        return self.door.server

    @property
    def machine(self):
        return self.server.machine

    def test_the_unit_as_shipped_is_what_runs_and_systemd_has_nothing_to_say_about_it(self):
        with open(FILE) as shipped, open(self.machine.path("usr/local/lib/systemd/system", UNIT)) as running:
            self.assertEqual(shipped.read(), running.read())
        done = self.machine.run("systemd-analyze", "verify", "--man=no", UNIT)
        self.assertEqual((0, ""), (done.returncode, done.stdout + done.stderr))
        self.assertNotRegex(self.machine.journal(), f"{UNIT}.*(?i:ignor|unknown|failed to parse)")

    def test_it_starts_with_the_machine_and_a_knock_opens(self):
        self.door.good_knock_opens()

    def test_a_prefix_is_opened_and_narrowed_to_who_connects(self):
        old, new = stanza(self.door.keys), stanza(self.door.keys, GRANT_PREFIX="24")
        self.addCleanup(lambda: (self.server.configure(old), self.server.systemctl("reload")))
        self.server.configure(new)
        self.server.systemctl("reload")
        service = self.door.service(22)
        self.addCleanup(service.close)
        self.door.knock(allow="203.0.113.77")
        self.door.wait_grant("203.0.113.0/24")
        self.assertTrue(self.door.is_open(timeout=10))
        self.door.wait_grant(self.door.client_address)
        self.door.wait_no_grant("203.0.113.0/24")

    def test_the_accounts_and_folders_are_those_of_the_installation(self):
        self.assertNotIn("does not exist: using user id", self.server.log())
        with open(self.machine.path("etc/passwd")) as file:
            ids = {line.split(":")[0]: line.split(":")[2] for line in file}
        for name, account in (("spad", "sallyport"), ("spad-helper", "sallyport-helper"),
                              ("spad-worker", "sallyport-worker")):
            self.assertEqual([ids[account]] * 4, status(self.server.pids[name])["Uid"].split())
        for path, mode in (("run/sallyport", 0o755), ("var/lib/sallyport", 0o755), ("var/lib/sallyport/replay", 0o700)):
            facts = os.stat(self.machine.path(path))
            self.assertEqual((0, 0, mode), (facts.st_uid, facts.st_gid, facts.st_mode & 0o7777), path)

    def test_systemds_walls_stand_around_each_process(self):
        for name, pid in self.server.pids.items():
            with self.subTest(name):
                facts = status(pid)
                self.assertEqual("1", facts["NoNewPrivs"])
                # One filter is the process's own; the others are the unit's.
                self.assertGreater(int(facts["Seccomp_filters"]), 5)
                with open(f"/proc/{pid}/cgroup") as file:
                    self.assertIn(f"system.slice/{UNIT}", file.read())

    def test_a_reload_takes_what_is_new_and_refuses_what_is_broken(self):
        fresh, old = Keys.new(), stanza(self.door.keys)
        self.addCleanup(lambda: (self.server.configure(old), self.server.systemctl("reload")))
        self.server.configure(old + stanza(fresh))
        self.server.systemctl("reload")
        self.door.good_knock_opens(keys=fresh)
        pids = dict(self.server.pids)
        self.server.configure("SOURCE nonsense\n")
        self.assertNotEqual(0, self.server.systemctl("reload", check=False).returncode)
        self.door.good_knock_opens(keys=fresh)
        self.assertEqual(pids, self.server.living())

    def test_however_often_a_process_is_killed_the_door_comes_back(self):
        before = int(self.machine.properties(UNIT, "NRestarts")["NRestarts"])
        # The limit that there is by default, five starts within ten seconds, would need a faster machine to be seen.
        self.assertEqual({"StartLimitIntervalUSec": "0"}, self.machine.properties(UNIT, "StartLimitIntervalUSec"))
        for number in range(1, 8):
            os.kill(self.server.pids[("spad-worker", "spad-helper", "spad")[number % 3]], signal.SIGKILL)
            until(lambda: int(self.machine.properties(UNIT, "NRestarts")["NRestarts"]) == before + number, 20,
                  lambda: f"restart {number}: {self.machine.properties(UNIT)}")
            self.server.wait_judging()
        self.door.good_knock_opens()

    def test_a_stop_takes_chain_and_grants_away_and_leaves_the_traces_of_this_life(self):
        self.addCleanup(self.server.start)
        self.door.good_knock_opens()
        self.server.systemctl("stop")
        self.assertEqual({}, self.server.living())
        self.assertEqual([], [rule for rule in self.door.firewall.rules() if "FWKNOP" in rule])
        state = self.machine.properties(UNIT, "ActiveState", "Result")
        self.assertEqual({"ActiveState": "inactive", "Result": "success"}, state)
        left = os.listdir(self.machine.path("run/sallyport"))
        self.assertTrue([name for name in left if name.startswith("chain-")], left)


class StoreLostBetweenStopAndStart(FreshDoorCase):
    def test_it_is_noticed(self):
        server = self.open_door(server=UnitSpad).server
        server.systemctl("stop")
        subprocess.run(["rm", "-rf", server.machine.path("var/lib/sallyport/replay")], check=True)
        server.systemctl("start")
        until(lambda: "The replay store may have gaps" in server.log(), 10, server.log)


class InterfaceThatComesAfterTheStart(FreshDoorCase):
    def test_the_unit_is_up_without_it_and_a_knock_opens_once_it_is_there(self):
        door = self.open_door(server=UnitSpad, start=False)
        door.world.unplug()
        door.server.boot()
        # Nothing that waits for the unit waits for the interface, and no start is called a failure.
        state = door.server.state()
        self.assertEqual(("active", "running", "0"), (state["ActiveState"], state["SubState"], state["NRestarts"]))
        self.assertIn("veth0", state["StatusText"])
        self.assertFalse(state["StatusText"].startswith("Judging"))
        door.world.plug()
        door.server.wait_judging()
        door.good_knock_opens()


class LegacySpad(UnitSpad):
    """With the drop-in for the legacy firewall tools."""

    def boot(self):
        place = os.path.join(self.files, "etc/systemd/system", f"{UNIT}.d")
        os.makedirs(place)
        shutil.copy(os.path.join(os.path.dirname(FILE), "legacy-iptables.conf"), place)
        super().boot()


class LegacyFirewallTools(FreshDoorCase):
    def test_behind_the_drop_in_a_knock_opens(self):
        program = shutil.which("iptables-legacy")
        door = self.open_door(server=LegacySpad, FIREWALL_EXE=program)
        door.knock()
        until(lambda: f"-s {door.client_address}/32 -p tcp" in door.host.run(program, "-S").stdout, 5, door.log)
        door.server.systemctl("stop")
        self.assertNotIn("FWKNOP", door.host.run(program, "-S").stdout)
