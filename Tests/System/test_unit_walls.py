"""Each wall of the unit file, tried from inside by a program that systemd runs with that file's settings; and without them,
to see that it is the unit that forbids the act. No policy of our own processes takes part."""

import os
import re
import unittest

from harness import cleanup, needs
from harness.machine import Machine
from harness.topologies import TwoHosts
from harness.unit import UNIT
from harness.unit_acts import ACTS
from harness.waiting import until

# act, answer behind the walls; without the unit's settings each is OK.
FORBIDDEN = """
    write_etc              EROFS
    write_usr              EROFS
    write_var              EROFS
    write_run_of_others    EROFS
    see_home               ENOENT|EACCES
    see_root_home          ENOENT|EACCES
    see_tmp                ENOENT
    see_device             ENOENT
    see_first_process      ENOENT
    see_machine            ENOENT
    make_group             EROFS
    make_device            EPERM
    read_key_of_another    EACCES
    give_file_away         EPERM
    make_setuid            EPERM
    trace                  EPERM
    set_clock              EPERM
    name_host              EPERM
    read_kernel_log        EPERM
    add_key                EPERM
    ring                   EPERM
    load_program           EPERM
    handle_faults          EPERM
    raise_priority         EPERM
    real_time              EPERM
    personality            EPERM
    writable_code          EPERM|EACCES
    socket_inet            EAFNOSUPPORT
    socket_inet6           EAFNOSUPPORT
    socket_raw             EAFNOSUPPORT
    send_datagram          EAFNOSUPPORT
    own_users              EPERM
    own_processes          EPERM
    own_groups             EPERM
    core_file              EPERM
    new_privileges         EPERM
    files_for_all          EPERM
"""
# What the three processes need.
ALLOWED = ("write_state", "write_run", "socket_packet", "socket_netlink", "socket_unix", "own_network", "own_mounts", "mount")

PROGRAM = "/usr/bin/python3 -I /opt/unit_acts.py"


class UnitWalls(unittest.TestCase):
    weight = 2

    @classmethod
    def setUpClass(cls):
        world, folder = TwoHosts(), cleanup.Folder()
        cls.addClassCleanup(folder.close)
        cls.addClassCleanup(world.close)
        with open(os.path.join(needs.REPOSITORY, "contrib", "systemd", UNIT)) as file:
            shipped = file.read()
        # The same service with another program: it runs once, says nothing to systemd, and is not started again.
        walled = re.sub(r"^ExecStart=.*", f"ExecStart={PROGRAM}", shipped, flags=re.M)
        walled = re.sub(r"^(ExecReload|Restart|RestartSec|NotifyAccess)=.*\n", "", walled, flags=re.M)
        walled = walled.replace("Type=notify", "Type=oneshot")
        units = {
            "walled": walled,
            "families": re.sub(r"^RestrictAddressFamilies=.*\n", "", walled, flags=re.M),
            "bare": f"[Service]\nType=oneshot\nRuntimeDirectory=sallyport\nRuntimeDirectoryPreserve=yes\n"
                    f"StateDirectory=sallyport\nExecStart={PROGRAM}\n",
        }
        for path in ("etc/sallyport", "usr/local/lib/systemd/system", "opt", "home", "root"):
            os.makedirs(folder.join("files", path))
        for name, text in units.items():
            folder.write(f"files/usr/local/lib/systemd/system/{name}.service", text, 0o644)
        for path in ("home/marker", "root/marker", "etc/sallyport/others"):
            folder.write(f"files/{path}", "")
        os.chown(folder.join("files/etc/sallyport/others"), 1, 1)
        with open(os.path.join(needs.REPOSITORY, "Tests", "System", "harness", "unit_acts.py")) as file:
            folder.write("files/opt/unit_acts.py", file.read(), 0o644)
        machine = Machine(world.server, folder.join("files"), [])
        cls.addClassCleanup(machine.close)
        for path in ("tmp/marker", "dev/marker"):
            with open(machine.path(path), "w"):
                pass
        cls.answers = {}
        for name in units:
            done = machine.run("systemctl", "start", f"{name}.service")
            if done.returncode != 0:
                raise AssertionError(f"{name}: {done.stderr}{machine.journal(f'{name}.service')}")
            cls.answers[name] = cls.said(machine, f"{name}.service")

    @staticmethod
    def said(machine, unit):
        """All the answers. The journal may get them later than systemd learns of the end."""
        def complete():
            answers = dict(re.findall(r"^(\w+) ([A-Z]\w+)$", machine.journal(unit), re.M))
            return set(answers) == set(ACTS) and answers

        return until(complete, 10, lambda: f"the answers of {unit}: {machine.journal(unit)}")

    def test_every_forbidden_act_fails_behind_the_walls(self):
        rows = dict(line.split() for line in FORBIDDEN.split("\n") if line.strip())
        self.assertGreater(len(rows), 35)
        for name, wanted in rows.items():
            with self.subTest(name):
                self.assertIn(self.answers["walled"].get(name), wanted.split("|"))

    def test_every_forbidden_act_succeeds_without_them(self):
        for line in FORBIDDEN.split("\n"):
            if line.strip():
                with self.subTest(line.split()[0]):
                    self.assertEqual("OK", self.answers["bare"].get(line.split()[0]))

    def test_what_the_processes_need_is_allowed(self):
        for name in ALLOWED:
            with self.subTest(name):
                self.assertEqual("OK", self.answers["walled"].get(name))

    def test_an_internet_socket_that_could_be_made_would_lead_nowhere(self):
        self.assertEqual("OK", self.answers["families"]["socket_inet"])
        self.assertEqual("EPERM", self.answers["families"]["send_datagram"])
