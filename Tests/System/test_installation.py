"""What `make install` puts where, and what systemd's own tools say of it. Nothing is installed on this machine."""

import json
import os
import re
import stat
import subprocess
import unittest

from harness import apparmor, needs
from harness.cleanup import Folder
from harness.machine import installed

ROOT = needs.REPOSITORY
UNIT = os.path.join(ROOT, "contrib", "systemd", "spad.service")


def said(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)
    return done.returncode, done.stdout + done.stderr


class UnitFile(unittest.TestCase):
    def test_systemd_rates_it_at_2_8_or_better(self):
        status, text = said("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=28", UNIT)
        self.assertEqual(0, status, text)
        self.assertIn("Overall exposure level for spad.service", text)

    def test_every_point_that_is_still_counted_is_explained_and_no_other(self):
        _, text = said("systemd-analyze", "security", "--offline=true", "--no-pager", "--json=short", UNIT)
        rows = json.JSONDecoder().raw_decode(text)[0]
        self.assertGreater(len(rows), 60)
        counted = {(row["name"], row["exposure"]) for row in rows if row["exposure"] and not row["set"]}
        with open(os.path.join(ROOT, "docs", "operations.md"), encoding="utf-8") as file:
            explained = re.findall(r"^\| `([A-Z]\w+=[^`]*)` \| (0\.\d) \| \S", file.read(), re.MULTILINE)
        self.assertEqual(counted, {(name.replace("\\|", "|"), points) for name, points in explained})

    def test_it_starts_again_without_a_limit(self):
        with open(UNIT) as file:
            lines = file.read().splitlines()
        for line in ("Type=notify", "Restart=always", "StartLimitIntervalSec=0"):
            self.assertIn(line, lines)


class LinkedLibraries(unittest.TestCase):
    def test_the_page_names_what_each_program_is_linked_with(self):
        with open(os.path.join(ROOT, "docs", "libraries.md"), encoding="utf-8") as file:
            rows = re.findall(r"^\| `(spa[\w-]+)` \| (.*) \|$", file.read(), re.MULTILINE)
        self.assertEqual(6, len(rows))
        for program, names in rows:
            with self.subTest(program):
                _, text = said("readelf", "-d", needs.program(program))
                needed = {name for name in re.findall(r"\(NEEDED\).*\[(\S+?)\.so", text) if not name.startswith("ld-")}
                self.assertEqual(needed, set(names.split(", and")[0].split(", ")))


class FilesOfTheInstallation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder("install")
        cls.addClassCleanup(cls.folder.close)

    def tree(self, name):
        base = self.folder.join(name)
        return {os.path.relpath(os.path.join(top, file), base) for top, _, files in os.walk(base) for file in files}

    def make(self, *arguments, **options):
        status, text = said("make", "-s", *arguments, cwd=ROOT, **options)
        self.assertEqual(0, status, text)

    def test_unit_and_folders_and_accounts_are_where_systemd_looks(self):
        installed(self.folder.join("plain"))
        self.assertLessEqual({f"usr/local/lib/{path}" for path in (
            "systemd/system/spad.service", "tmpfiles.d/sallyport.conf", "sysusers.d/sallyport.conf")}, self.tree("plain"))

    def test_the_paths_follow_the_prefix_and_systemd_finds_no_fault(self):
        installed(self.folder.join("usr"), prefix="/usr")
        with open(self.folder.join("usr", "usr/lib/systemd/system/spad.service")) as file:
            text = file.read()
        self.assertNotIn("/usr/local", text)
        for command in re.findall(r"^Exec\w+=(\S+)", text, re.MULTILINE):
            self.assertTrue(os.access(self.folder.join("usr") + command, os.X_OK), command)

    def test_the_apparmor_profiles_follow_the_prefix_and_the_parser_accepts_them(self):
        self.make("install-apparmor", f"DESTDIR={self.folder.join('profiles')}", "PREFIX=/usr")
        place = self.folder.join("profiles", "etc/apparmor.d")
        profiles = [name for name in os.listdir(place) if name != "sallyport"]
        self.assertGreater(len(profiles), 5)
        for name in profiles:
            with self.subTest(name), open(os.path.join(place, name)) as file:
                self.assertNotIn("/usr/local", file.read())
                self.assertEqual((0, []), apparmor.verdict(os.path.join(place, name)))

    def test_uninstall_leaves_nothing(self):
        for prefix in ("/usr/local", "/opt/door"):
            with self.subTest(prefix):
                installed(self.folder.join("gone"), prefix=prefix)
                self.make("install-apparmor", f"DESTDIR={self.folder.join('gone')}", f"PREFIX={prefix}")
                self.assertGreater(len(self.tree("gone")), 20)
                self.make("uninstall", f"DESTDIR={self.folder.join('gone')}", f"PREFIX={prefix}")
                self.assertEqual(set(), self.tree("gone"))

    def test_the_growing_pause_is_installed_where_systemd_knows_it_and_only_there(self):
        tools = self.folder.join("tools")
        os.mkdir(tools)
        for version, wanted in (("253 (253.5-1)", False), ("254 (254.1-2)", True), ("257~rc1 (257~rc1-4)", True)):
            with self.subTest(version):
                path = self.folder.write("tools/systemctl", f"#!/bin/sh\necho 'systemd {version}'\n", 0o755)
                self.assertTrue(os.access(path, os.X_OK))
                place = self.folder.join(f"for-{version[:3]}")
                self.make("install", f"DESTDIR={place}", f"BUILD={os.path.dirname(needs.program('spad'))}",
                          env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"})
                self.assertEqual(wanted, "usr/local/lib/systemd/system/spad.service.d/growing-pause.conf"
                                 in self.tree(f"for-{version[:3]}"))

    def test_tmpfiles_makes_the_folders_as_spad_makes_them(self):
        place = self.folder.join("root")
        os.makedirs(place, exist_ok=True)
        for account in ("passwd", "group"):
            os.makedirs(os.path.join(place, "etc"), exist_ok=True)
            with open(os.path.join(place, "etc", account), "w") as file:
                file.write("root:x:0:0:root:/root:/bin/sh\n" if account == "passwd" else "root:x:0:\n")
        status, text = said("systemd-tmpfiles", "--create", f"--root={place}",
                            os.path.join(ROOT, "contrib", "tmpfiles.d", "sallyport.conf"))
        self.assertEqual((0, ""), (status, text))
        # As the unit names them, and as the code makes them.
        with open(UNIT) as file:
            unit = file.read()
        for path, directive in (("run/sallyport", "Runtime"), ("var/lib/sallyport", "State")):
            facts = os.stat(os.path.join(place, path))
            self.assertEqual((0, 0, 0o755), (facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)), path)
            self.assertIn(f"\n{directive}Directory=sallyport\n{directive}DirectoryMode=0755\n", unit)
            self.assertEqual([], os.listdir(os.path.join(place, path)))

    def test_sysusers_makes_three_accounts_that_nobody_can_use(self):
        place = self.folder.join("accounts")
        os.makedirs(os.path.join(place, "etc"))
        status, text = said("systemd-sysusers", f"--root={place}",
                            os.path.join(ROOT, "contrib", "sysusers.d", "sallyport.conf"))
        self.assertEqual(0, status, text)
        with open(os.path.join(place, "etc", "passwd")) as file:
            rows = [line.strip().split(":") for line in file]
        self.assertEqual({"sallyport", "sallyport-helper", "sallyport-worker"}, {row[0] for row in rows})
        self.assertEqual(3, len({row[2] for row in rows} - {"0"}))
        for row in rows:
            self.assertRegex(row[6], "nologin$")
