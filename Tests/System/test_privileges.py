"""After the start no process is root, and only the helper has capabilities: two."""

import os

from harness.door import DoorCase
from harness.processes import status
from harness.servers import HELPER_UID, SUPERVISOR_UID, WORKER_UID
from harness.waiting import until

NET_ADMIN, NET_RAW = 1 << 12, 1 << 13
SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


class PrivilegesOfTheRunningServer(DoorCase):
    def settled(self, name):
        """The supervisor gives its rights up right after it has said that it is ready; that is awaited."""
        pid = self.door.server.pids[name]
        until(lambda: not status(pid)["Uid"].split().count("0"), 5, f"{name} without uid 0")
        return status(pid)

    def test_there_are_three_processes(self):
        self.assertEqual({"spad", "spad-helper", "spad-worker"}, set(self.door.server.pids))

    def test_every_uid_of_each_is_its_own_user(self):
        for name, uid in (("spad", SUPERVISOR_UID), ("spad-helper", HELPER_UID), ("spad-worker", WORKER_UID)):
            with self.subTest(name):
                self.assertEqual([str(uid)] * 4, self.settled(name)["Uid"].split())

    def test_no_gid_of_any_is_root(self):
        for name in self.door.server.pids:
            with self.subTest(name):
                self.assertNotIn("0", self.settled(name)["Gid"].split())

    def test_there_are_no_supplementary_groups(self):
        for name in self.door.server.pids:
            with self.subTest(name):
                self.assertEqual("", self.settled(name)["Groups"])

    def test_worker_and_supervisor_have_no_capability_in_any_set(self):
        for name in ("spad", "spad-worker"):
            for kind in SETS:
                with self.subTest(f"{name} {kind}"):
                    self.assertEqual(0, int(self.settled(name)[kind], 16))

    def test_the_helper_has_net_admin_and_net_raw_and_nothing_else_in_any_set(self):
        for kind in SETS:
            with self.subTest(kind):
                self.assertEqual(NET_ADMIN | NET_RAW, int(self.settled("spad-helper")[kind], 16))

    def test_no_new_privs_is_set_on_each(self):
        for name in self.door.server.pids:
            with self.subTest(name):
                self.assertEqual("1", self.settled(name)["NoNewPrivs"])

    def test_a_filter_of_system_calls_is_in_force_on_each(self):
        for name in self.door.server.pids:
            with self.subTest(name):
                self.assertEqual("2", self.settled(name)["Seccomp"])

    def test_the_worker_has_namespaces_and_an_empty_root_of_its_own(self):
        worker, spad = self.door.server.pids["spad-worker"], self.door.server.pids["spad"]
        for kind in ("net", "mnt", "ipc", "uts"):
            with self.subTest(kind):
                self.assertNotEqual(os.readlink(f"/proc/{spad}/ns/{kind}"), os.readlink(f"/proc/{worker}/ns/{kind}"))
        self.assertEqual([], os.listdir(f"/proc/{worker}/root"))

    def test_each_has_one_thread(self):
        for name, pid in self.door.server.pids.items():
            with self.subTest(name):
                self.assertEqual(1, len(os.listdir(f"/proc/{pid}/task")))

    def test_no_key_is_in_the_arguments_or_environment_of_any(self):
        secrets = [self.door.keys.encryption.encode(), self.door.keys.hmac.encode()]
        for name, pid in self.door.server.pids.items():
            for file in ("cmdline", "environ"):
                with self.subTest(f"{name} {file}"), open(f"/proc/{pid}/{file}", "rb") as opened:
                    content = opened.read()
                    self.assertFalse(any(secret in content for secret in secrets))

    def test_a_door_still_opens_with_these_rights(self):
        self.door.good_knock_opens()
