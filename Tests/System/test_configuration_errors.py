"""Each broken file of bad-configs/ is refused, and the message names the file and the line."""

import os
import shutil
import unittest

from harness import clients, needs
from harness.cleanup import Folder
from harness.namespaces import Namespace

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bad-configs")


def manifest():
    """Rows of name, kind, line and a fragment of the reason."""
    path = os.path.join(FOLDER, "manifest.tsv")
    if not os.path.exists(path):
        return []  # a rule below wants at least forty
    with open(path) as file:
        return [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("#")]


class BrokenConfiguration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder, cls.host = Folder(), Namespace("host")
        cls.addClassCleanup(cls.folder.close)
        cls.addClassCleanup(cls.host.close)
        cls.broken = cls.folder.join("broken")
        shutil.copytree(FOLDER, cls.broken)
        for path, _, names in os.walk(cls.broken):
            for name in names:
                os.chmod(os.path.join(path, name), 0o600)

    def file(self, name):
        return os.path.join(self.broken, name)

    def said(self, kind, path):
        """Exit status and text of the program that reads this kind of file."""
        if kind == "rc":
            command = clients.proxy_command(path, "door", 22)
        else:
            files = {"conf": (path, self.file("good.access")), "access": (self.file("good.conf"), path)}[kind]
            command = [needs.program("spad"), "--exit-parse-config", "-c", files[0], "-a", files[1],
                       "-r", self.folder.join("run")]
        done = self.host.run(*command, check=False, timeout=20, cwd=self.broken,
                             env=clients.environment(self.folder))
        return done.returncode, done.stdout + done.stderr

    def test_there_are_at_least_forty_broken_files(self):
        self.assertGreaterEqual(len(manifest()), 40)

    def test_every_file_of_the_folder_is_in_the_manifest(self):
        listed = {f"{name}.{kind}" for name, kind, _, _ in manifest()}
        self.assertEqual(set(), set(os.listdir(FOLDER)) - listed - {"manifest.tsv", "good.conf", "good.access"})

    def test_the_good_files_are_accepted(self):
        status, text = self.said("conf", self.file("good.conf"))
        self.assertEqual(0, status, text)

    def check(self, name, kind, line, fragment):
        file = f"{name}.{kind}"
        status, text = self.said(kind, self.file(file))
        if kind == "rc":
            self.assertIn(status, range(1, 126), text)
        else:
            self.assertEqual(1, status, text)
        self.assertIn(f"{file}:{line}:" if int(line) else f"{file}: ", text)
        self.assertIn(fragment, text)


for _row in manifest():
    def _test(self, row=_row):
        self.check(*row)

    setattr(BrokenConfiguration, f"test_refused_with_file_and_line_{_row[1]}_{_row[0]}", _test)
