"""A broken configuration under a running server: refused with file, line and reason, while the old one goes on granting and
open doors stay. Each kind by `spad -R`, and by SIGHUP where the supervisor's own user can read the files."""

import contextlib
import os
import shutil
import signal
from typing import Callable, NamedTuple

from harness.door import Door, DoorCase
from harness.servers import SUPERVISOR_UID, WORKER_UID
from harness.waiting import until


class Kind(NamedTuple):
    """What is put in place of `file`, and what must be said about it."""

    name: str
    file: str
    act: Callable
    line: int
    reason: str
    hang_up: bool = True


def put(change):
    """The good text, changed; `change` takes and gives bytes."""
    def act(path, good):
        with open(path, "wb") as file:
            file.write(change(good))
    return act


def append(line):
    return put(lambda good: good + line)


def replace(old, new):
    def change(good):
        assert old in good, (old, good)
        return good.replace(old, new)
    return put(change)


def without(name):
    return put(lambda good: b"".join(line for line in good.splitlines(True) if not line.startswith(name)))


def instead(make):
    """Something that is no such file."""
    def act(path, _good):
        os.unlink(path)
        make(path)
    return act


def foreign_link(path, good):
    """A link into a folder of somebody else's, who could change what lies there."""
    folder = path + ".foreign"
    os.makedirs(folder, exist_ok=True)
    target = os.path.join(folder, "access.conf")
    with open(target, "wb") as file:
        file.write(good)
    os.chmod(target, 0o600)
    for place in (folder, target):
        os.chown(place, 65534, 65534)
    os.unlink(path)
    os.symlink(target, path)


MAIN, ACCESS = "spad.conf", "access.conf"
# The good access.conf: 1 SOURCE, 2 KEY_BASE64, 3 HMAC_KEY_BASE64, 4 HMAC_DIGEST_TYPE, 5 OPEN_PORTS, 6 FW_ACCESS_TIMEOUT.
# The good spad.conf has six lines, the first is PCAP_INTF.
KINDS = [
    Kind("missing access file", ACCESS, instead(lambda path: None), 0, "No such file"),
    Kind("missing main file", MAIN, instead(lambda path: None), 0, "No such file"),
    Kind("key file that others can read", ACCESS, lambda path, _: os.chmod(path, 0o644), 0, "chmod 600"),
    Kind("key file of somebody else", ACCESS, lambda path, _: os.chown(path, 12345, 0), 0, "belongs to user id 12345",
         hang_up=False),
    Kind("main file that others can change", MAIN, lambda path, _: os.chmod(path, 0o646), 0, "can change it"),
    Kind("main file of somebody else", MAIN, lambda path, _: os.chown(path, 12345, 0), 0, "belongs to user id 12345"),
    Kind("link into a foreign folder", ACCESS, foreign_link, 0, "belongs to user id 65534", hang_up=False),
    Kind("link to itself", ACCESS, instead(lambda path: os.symlink(path, path)), 0, "Too many levels of symbolic links"),
    Kind("link to a device", ACCESS, instead(lambda path: os.symlink("/dev/zero", path)), 0, "not a regular file"),
    Kind("directory", ACCESS, instead(os.mkdir), 0, "not a regular file"),
    Kind("directory as main file", MAIN, instead(os.mkdir), 0, "not a regular file"),
    Kind("fifo", ACCESS, instead(os.mkfifo), 0, "not a regular file"),
    Kind("fifo as main file", MAIN, instead(os.mkfifo), 0, "not a regular file"),
    Kind("giant access file", ACCESS, put(lambda good: good + b"# filler\n" * 200_000), 0, "larger than 1048576 bytes"),
    Kind("giant main file", MAIN, put(lambda good: good + b"# filler\n" * 200_000), 0, "File too large"),
    Kind("empty access file", ACCESS, put(lambda good: b""), 0, "no stanza"),
    Kind("unknown name", ACCESS, append(b"FROBNICATE 1\n"), 7, "unknown name"),
    Kind("unknown name in the main file", MAIN, append(b"FROBNICATE 1\n"), 7, "unknown name"),
    Kind("name without a value", MAIN, append(b"MAX_GRANTS\n"), 7, "no value"),
    Kind("port in words", ACCESS, replace(b"tcp/2222", b"tcp/seventy"), 5, "1 to 65535"),
    Kind("port zero", ACCESS, replace(b"tcp/2222", b"tcp/0"), 5, "1 to 65535"),
    Kind("bad network", ACCESS, replace(b"ANY", b"10.0.0.0/33"), 1, "prefix"),
    Kind("bad base64 key", ACCESS, replace(b"KEY_BASE64    ", b"KEY_BASE64    !"), 2, "base64"),
    Kind("key twice", ACCESS, put(lambda good: good + good.splitlines(True)[1]), 7, "set the same thing"),
    Kind("no key", ACCESS, without(b"KEY_BASE64"), 1, "no key"),
    Kind("no HMAC key", ACCESS, without(b"HMAC_KEY"), 1, "every stanza needs an HMAC key"),
    Kind("unknown digest", ACCESS, replace(b"sha256", b"whirlpool"), 4, "HMAC_DIGEST_TYPE"),
    Kind("bytes that are no UTF-8", ACCESS, append(b"REQUIRE_USERNAME \xff\xfe\n"), 7, "not printable ASCII"),
    Kind("NUL byte", ACCESS, append(b"REQUIRE_USERNAME a\0b\n"), 7, "NUL"),
    Kind("overlong line", ACCESS, append(b"REQUIRE_USERNAME " + b"a" * 1100 + b"\n"), 7, "longer than 1023 bytes"),
    Kind("include", ACCESS, append(b"%include /nonexistent\n"), 7, "known, not supported yet"),
    Kind("name before the first stanza", ACCESS, put(lambda good: b"OPEN_PORTS tcp/22\n" + good), 1,
         "before the first SOURCE"),
    Kind("second stanza broken", ACCESS, append(b"SOURCE ANY\nOPEN_PORTS tcp/22\n"), 7, "no key"),
    Kind("another interface", MAIN, replace(b"veth0", b"lo"), 0, "a reload cannot change PCAP_INTF"),
    Kind("another worker", MAIN, replace(b"%d" % WORKER_UID, b"64299"), 0, "a reload cannot change WORKER_USER"),
]


class BrokenReload(DoorCase):
    weight = 8

    @classmethod
    def make_door(cls):
        door = Door(lifetime=280)
        door.knock()
        cls.grant = door.wait_grant()
        cls.good = {}
        for name in (MAIN, ACCESS):
            with open(door.folder.join(name), "rb") as file:
                cls.good[name] = file.read()
        return door

    def restore(self, readable=False):
        """Both files good again; with `readable` such that the supervisor's user can read them."""
        for name, content in self.good.items():
            path = self.door.folder.join(name)
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
            self.door.folder.write(name, content, 0o644 if readable and name == MAIN else 0o600)
            if readable and name == ACCESS:
                os.chown(path, SUPERVISOR_UID, 0)

    def break_file(self, kind):
        path = self.door.folder.join(kind.file)
        kind.act(path, self.good[kind.file])

    def hang_up(self):
        """What the log says about a SIGHUP."""
        log = self.door.server.daemon
        before = len(log.log())
        self.door.server.kill("spad", signal.SIGHUP)
        return until(lambda: (said := log.log()[before:]) and ("stays in force" in said or "Reloaded" in said) and said,
                     10, "the outcome of SIGHUP")

    def check_refused(self, kind, said):
        place = f"{self.door.folder.join(kind.file)}:{kind.line}:" if kind.line else ""
        self.assertTrue([line for line in said.splitlines() if place in line and kind.reason in line], said)
        if not kind.line and "a reload cannot" not in kind.reason:
            self.assertIn(self.door.folder.join(kind.file), said)
        self.assertNotIn("Reloaded", said)
        for key in (self.door.keys.encryption, self.door.keys.hmac):
            self.assertNotIn(key, said)
        self.assertIn(self.grant, self.door.grants())
        self.assertEqual(3, len(self.door.server.living()))
        self.door.good_knock_opens()

    def test_there_are_at_least_twenty_kinds(self):
        self.assertGreaterEqual(len({kind.name for kind in KINDS}), 20)

    def test_each_kind_is_refused_by_spad_R_and_the_old_configuration_grants(self):
        self.addCleanup(self.restore)
        for kind in KINDS:
            with self.subTest(kind.name):
                self.restore()
                self.break_file(kind)
                done = self.door.server.reload()
                self.assertEqual(1, done.returncode, done.stdout + done.stderr)
                self.check_refused(kind, done.stdout + done.stderr)
        self.restore()
        self.assertEqual(0, self.door.server.reload().returncode)

    def test_each_kind_is_refused_on_SIGHUP_and_the_old_configuration_grants(self):
        self.addCleanup(self.restore)
        for kind in KINDS:
            if not kind.hang_up:
                continue
            with self.subTest(kind.name):
                self.restore(readable=True)
                self.break_file(kind)
                self.check_refused(kind, self.hang_up())
        self.restore(readable=True)
        self.assertIn("Reloaded: 1 stanza(s) in force", self.hang_up())

    def test_files_that_the_supervisor_cannot_read_are_named_on_SIGHUP(self):
        self.restore()
        said = self.hang_up()
        self.assertIn("Permission denied", said)
        self.assertIn("use: spad -R", said)
        self.door.good_knock_opens()
