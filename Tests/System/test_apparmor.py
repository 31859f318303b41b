"""The AppArmor profiles: the parser accepts them, and they allow what the programs do with files and nothing that none of
them does. Whether a kernel enforces them as we mean it is not seen here."""

import os
import unittest

from harness import apparmor, opened
from harness.door import Door
from harness.keys import rc_section
from harness.unit import TracedSpad
from harness.waiting import until

PROGRAMS = ("spad", "spad-worker", "spad-helper", "spad-filter", "spa-proxy", "spa-knock")
# Rules for what no trace shows, because the kernel does it (mapping a program and its loader), or what happens on other
# machines (folders that are not there yet, the other place of the rc file).
UNSEEN = {
    "/{usr/,}lib{,64}/{,@{multiarch}/}ld-*.so* mr,",
    *(f"@{{sallyport_libexec}}/{name} mr," for name in ("spad-worker", "spad-helper", "spad-filter")),
    "/usr/local/sbin/spad mr,", "/usr/local/bin/spa-proxy mr,", "/usr/local/bin/spa-knock mr,",
    "owner /run/sallyport/ rw,", "owner @{HOME}/.config/sallyport/* r,", "owner @{HOME}/.cache/ rw,",
    "owner @{HOME}/.cache/sallyport/{,addresses*} rw,",
}


def real(path):
    """Where a path leads; AppArmor judges that. The machine of the test has the same links as this one."""
    path = path.replace("/proc/self/", f"/proc/{os.getpid()}/")
    if path.startswith("/proc/"):
        return path
    folder = path.endswith("/")
    return os.path.realpath(path) + ("/" if folder and path != "/" else "")


class Profiles(unittest.TestCase):
    def test_there_is_one_for_each_program_and_the_parser_accepts_it(self):
        for name in PROGRAMS:
            with self.subTest(name):
                path = os.path.join(apparmor.FOLDER, name)
                self.assertEqual((0, []), apparmor.verdict(path))
                with open(path) as file:
                    self.assertIn(f"profile {name} ", file.read())

    def test_no_profile_lets_a_program_write_what_is_executed_or_read_others_secrets(self):
        for name in PROGRAMS:
            rules = apparmor.rules(name)
            self.assertGreater(len(rules), 5)
            for kind, path in (("w", "/usr/local/sbin/spad"), ("w", "/usr/sbin/xtables-nft-multi"), ("w", "/etc/passwd"),
                               ("w", "/etc/sallyport/access.conf"), ("r", "/etc/shadow"), ("r", "/root/.ssh/id_rsa"),
                               ("x", "/bin/sh"), ("x", "/usr/bin/dash"), ("r", "/proc/1/mem"), ("w", "/dev/vda")):
                with self.subTest(f"{name} {kind} {path}"):
                    self.assertEqual([], apparmor.allowing(rules, kind, path))

    def test_the_clients_can_be_ended_and_can_end_what_they_have_started(self):
        """What they cannot kill they would wait for."""
        for name in ("spa-proxy", "spa-knock"):
            with self.subTest(name):
                status, text, errors = apparmor.parser("-p", os.path.join(apparmor.FOLDER, name))
                self.assertEqual(0, status, errors)
                signals = {line.strip() for line in text.splitlines() if line.strip().startswith("signal ")}
                self.assertEqual({"signal (receive) peer=unconfined,",
                                  f"signal (send, receive) set=(kill, exists) peer={name},"}, signals)

    def test_worker_and_helper_may_not_read_the_keys_and_only_the_helper_starts_programs(self):
        for name, kind, path in (("spad-worker", "r", "/etc/sallyport/access.conf"),
                                 ("spad-helper", "r", "/etc/sallyport/access.conf"),
                                 ("spad-helper", "w", "/var/lib/sallyport/replay/first"),
                                 ("spad-helper", "m", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"),
                                 ("spad-worker", "x", "/usr/sbin/xtables-nft-multi")):
            with self.subTest(f"{name} {kind} {path}"):
                self.assertEqual([], apparmor.allowing(apparmor.rules(name), kind, path))


class WhatIsSeen(unittest.TestCase):
    """One life of the server, and the clients' work, under strace."""

    weight = 3

    @classmethod
    def setUpClass(cls):
        door = Door(server=TracedSpad, lifetime=5)
        cls.addClassCleanup(door.close)
        server = door.server
        door.good_knock_opens()
        door.knock()
        door.wait_grant()
        door.wait_no_grant(timeout=10)
        server.systemctl("reload")
        server.systemctl("stop")
        until(lambda: "strace" not in server.host.processes().values(), 10, "the end of strace")
        cls.seen = server.acts()
        rc = rc_section("door", door.keys, SPA_SERVER=door.address, ALLOW_IP="192.0.2.9")
        with open(os.open(server.machine.path("root/.fwknoprc"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(rc)
        service = door.service(2222)
        door.own(service)
        for command in (["spa-knock", "-n", "door", "-A", "tcp/22"], ["spa-knock", "-K", "/root/door.keys"],
                        ["spa-proxy", "localhost", "2222"]):
            # A caller may leave the input closed.
            server.machine.run("sh", "-c", 'exec "$@" <&-', "sh", "env", "HOME=/root", "strace", *opened.OPTIONS,
                               "-o", "/run/trace", f"/usr/local/bin/{command[0]}", *command[1:])
            with open(server.machine.path("run/trace")) as file:
                cls.seen |= opened.acts(file.read(), "shell")

    def profiles_of(self, program):
        """Those that a program runs behind: children of spad behind its own as well, tools behind the helper's."""
        if program.startswith("iptables"):
            program = "spad-helper"
        return [program, "spad"] if program.startswith("spad-") else [program]

    def test_everything_that_the_programs_do_is_allowed(self):
        rules = {name: apparmor.rules(name) for name in PROGRAMS}
        counts = dict.fromkeys(PROGRAMS, 0)
        for act in sorted(self.seen):
            if act.program in ("systemd", "shell"):
                continue
            for name in self.profiles_of(act.program):
                counts[name] += 1
                with self.subTest(f"{act.program} behind {name}: {act.kind} {act.path}"):
                    self.assertTrue(apparmor.allowing(rules[name], act.kind, real(act.path)))
        for name, count in counts.items():
            self.assertGreater(count, 10, name)

    def test_every_rule_is_for_something(self):
        used = set()
        rules = {name: apparmor.rules(name) for name in PROGRAMS}
        for act in self.seen:
            if act.program not in ("systemd", "shell"):
                for name in self.profiles_of(act.program):
                    used |= {rule.text for rule in apparmor.allowing(rules[name], act.kind, real(act.path))}
        self.assertEqual(UNSEEN, set(apparmor.own_lines()) - used)
