"""A kernel or a container that lacks a layer of confinement: named and refused, unless the configuration allows that very
layer to be missing; then said for each process, and all other walls stand."""

import errno
import os
import platform
import sys

from harness import poor_kernel
from harness.door import FreshDoorCase
from harness.processes import status
from harness.servers import Spad
from harness.waiting import until

# unshare(2), landlock_create_ruleset(2), seccomp(2); the middle one has one number everywhere.
NUMBERS = {"x86_64": {"namespaces": 272, "landlock": 444, "seccomp": 317},
           "aarch64": {"namespaces": 97, "landlock": 444, "seccomp": 277}}[platform.machine()]


class SpadOnAPoorKernel(Spad):
    lacks = "landlock"

    def arguments(self, *more):
        code = errno.EPERM if self.lacks == "namespaces" else errno.ENOSYS
        return [sys.executable, os.path.abspath(poor_kernel.__file__), str(code), str(NUMBERS[self.lacks]),
                *super().arguments(*more)]


class MissingLayers(FreshDoorCase):
    weight = 3

    def server(self, layer):
        return type(f"Lacks{layer}", (SpadOnAPoorKernel,), {"lacks": layer})

    def refused(self, layer, **settings):
        door = self.open_door(server=self.server(layer), start=False, **settings)
        done = door.server.command("-f")
        text = done.stdout + done.stderr
        self.assertEqual(1, done.returncode, text)
        self.assertIn(f"lacks the layer {layer}", text)
        self.assertIn(f"ALLOW_MISSING_LAYERS {layer}", text)
        self.assertNotIn("is ready", text)
        left = lambda: [name for name in door.host.processes().values() if name.startswith("spad")]
        until(lambda: not left(), 5, lambda: f"the end of {left()}")

    def test_a_missing_layer_is_named_and_refused(self):
        for layer in NUMBERS:
            with self.subTest(layer):
                self.refused(layer)

    def test_a_word_for_one_layer_is_none_for_another(self):
        for layer, allowed in (("landlock", "seccomp"), ("seccomp", "namespaces,landlock"), ("namespaces", "landlock,seccomp")):
            with self.subTest(layer):
                self.refused(layer, ALLOW_MISSING_LAYERS=allowed)

    def test_a_layer_that_may_be_missing_is_said_and_the_rest_stands(self):
        for layer, programs in (("namespaces", ["spad-worker"]), ("landlock", ["spad", "spad-helper", "spad-worker"]),
                                ("seccomp", ["spad", "spad-helper", "spad-worker"])):
            with self.subTest(layer):
                door = self.open_door(server=self.server(layer), ALLOW_MISSING_LAYERS=layer)
                for program in programs:
                    door.server.daemon.wait_log(f"warning: {program} runs without the layer {layer}")
                self.assertEqual(len(programs), door.server.daemon.count("runs without the layer"))
                door.knock()
                door.wait_grant()
                for name, pid in door.server.pids.items():
                    now = status(pid)
                    self.assertNotIn("0", now["Uid"].split(), name)
                    self.assertEqual("0000000000003000" if name == "spad-helper" else "0" * 16, now["CapEff"], name)
                    self.assertEqual("1", now["NoNewPrivs"], name)
                worker = f"/proc/{door.server.pids['spad-worker']}"
                own = os.readlink(f"{worker}/ns/net") != os.readlink(f"/proc/{door.server.pids['spad']}/ns/net")
                self.assertEqual(layer != "namespaces", own)
                door.close()
