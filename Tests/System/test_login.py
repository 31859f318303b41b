"""ssh, scp and sftp go through the hidden door with one ProxyCommand line."""

import hashlib
import os
import subprocess

from harness.clients import environment
from harness.door import Door, DoorCase
from harness.keys import rc_section
from harness.logins import command_line
from harness.services import Sshd
from harness.waiting import until, until_clock


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class LoginThroughTheDoor(DoorCase):
    weight = 5

    @classmethod
    def make_door(cls):
        return Door(lifetime=4)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        door = cls.door
        cls.sshd = door.own(Sshd(door.host, door.folder))
        cls.configuration = cls.sshd.client_configuration(door.address, command_line(door.rc()))

    def run_client(self, program, *arguments, **options):
        return self.door.client.run(program, "-F", self.configuration, *arguments, timeout=120,
                                    env=environment(self.door.folder), **options)

    def test_ssh_runs_a_command_and_passes_its_output_and_status(self):
        done = self.run_client("ssh", "myserver", "echo through; exit 7", check=False)
        self.assertEqual(("through\n", "", 7), (done.stdout, done.stderr, done.returncode))

    def test_scp_of_100_mb_arrives_unchanged_both_ways(self):
        here, there, back = (self.door.folder.join(name) for name in ("big", "big.there", "big.back"))
        with open(here, "wb") as file:
            file.write(os.urandom(100_000_000))
        self.run_client("scp", here, f"myserver:{there}")
        self.assertEqual(digest(here), digest(there))
        self.run_client("scp", f"myserver:{there}", back)
        self.assertEqual(digest(here), digest(back))

    def test_sftp_in_batch_mode_works(self):
        source = self.door.folder.write("note", "a line\n", 0o644)
        batch = self.door.folder.write("batch", f"put {source} {source}.put\nget {source}.put {source}.got\n")
        self.run_client("sftp", "-b", batch, "myserver")
        self.assertEqual(digest(source), digest(source + ".got"))

    def test_a_session_outlives_its_grant(self):
        door = self.door
        for grant in door.grants():
            until_clock(grant.expires + 1)
        rc = door.folder.write("short.rc", rc_section("myserver", door.keys, SPA_SERVER=door.address, FW_TIMEOUT=2))
        configuration = self.sshd.client_configuration(door.address, command_line(rc), name="short_config")
        session = door.client.popen(["ssh", "-F", configuration, "myserver", "cat"], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, env=environment(door.folder))
        self.addCleanup(session.wait)
        self.addCleanup(session.kill)
        with session.stdin, session.stdout:
            session.stdin.write(b"before\n")
            session.stdin.flush()
            self.assertEqual(b"before\n", session.stdout.readline())
            # It may be over already: a login takes its time.
            door.wait_no_grant()
            self.assertFalse(door.is_open(), "the door is still open after its time")
            session.stdin.write(b"after\n")
            session.stdin.flush()
            self.assertEqual(b"after\n", session.stdout.readline())

    def test_no_proxy_process_is_left_when_ssh_ends(self):
        self.run_client("ssh", "myserver", "true")
        # ssh tells it to end and does not wait for that.
        until(lambda: "spa-proxy" not in self.door.client.processes().values(), 5, "the end of spa-proxy")
