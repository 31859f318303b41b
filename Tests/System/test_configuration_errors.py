"""Each broken file of bad-configs/ is refused, and the message names the file and the line."""

import os
import shutil
import unittest

from harness import clients, needs
from harness.cleanup import Folder
from harness.keys import Keys, rc_section, stanza
from harness.namespaces import Namespace

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bad-configs")


def manifest():
    """Rows of name, kind, line and a fragment of the reason."""
    path = os.path.join(FOLDER, "manifest.tsv")
    if not os.path.exists(path):
        return []
    with open(path) as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("#")]
    return [row for row in rows if row[:2] != ["name", "kind"]]


class BrokenConfiguration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder, cls.host, keys = Folder(), Namespace("host"), Keys.new()
        cls.addClassCleanup(cls.folder.close)
        cls.addClassCleanup(cls.host.close)
        cls.broken = cls.folder.join("broken")
        if os.path.isdir(FOLDER):
            shutil.copytree(FOLDER, cls.broken)
            for path, _, names in os.walk(cls.broken):
                for name in names:
                    os.chmod(os.path.join(path, name), 0o600)
        cls.configuration = cls.folder.write("good.conf", "PCAP_INTF lo\n")
        cls.access = cls.folder.write("good-access.conf", stanza(keys))
        cls.rc = cls.folder.write("good.rc", rc_section("myserver", keys, SPA_SERVER="192.0.2.1"))

    def said(self, kind, path):
        """Exit status and text of the program that reads this kind of file."""
        if kind == "rc":
            command = clients.proxy_command(path, "myserver", 22)
        else:
            files = {"conf": (path, self.access), "access": (self.configuration, path)}[kind]
            command = [needs.program("spad"), "--exit-parse-config", "-c", files[0], "-a", files[1],
                       "-r", self.folder.join("run")]
        done = self.host.run(*command, check=False, timeout=20, cwd=self.broken,
                             env=clients.environment(self.folder))
        return done.returncode, done.stdout + done.stderr

    def test_there_are_at_least_forty_broken_files(self):
        self.assertGreaterEqual(len(manifest()), 40)

    def test_every_file_of_the_folder_is_in_the_manifest(self):
        listed = {row[0] for row in manifest()}
        lying = {name for name in os.listdir(FOLDER) if os.path.isfile(os.path.join(FOLDER, name))}
        self.assertEqual(set(), {name for name in lying if not name.startswith(("manifest", "README", "_"))} - listed)

    def test_good_files_are_accepted(self):
        self.assertEqual(0, self.said("conf", self.configuration)[0], self.said("conf", self.configuration)[1])

    def check(self, name, kind, line, fragment):
        status, text = self.said(kind, os.path.join(self.broken, name))
        self.assertIn(status, range(1, 126), text) if kind == "rc" else self.assertEqual(1, status, text)
        self.assertIn(f"{name}:{line}" if int(line) else name, text)
        self.assertIn(fragment, text)


for _name, _kind, _line, _fragment in manifest():
    def _test(self, row=(_name, _kind, _line, _fragment)):
        self.check(*row)

    setattr(BrokenConfiguration, f"test_refused_with_file_and_line_{_kind}_{_name}", _test)
