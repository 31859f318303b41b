"""The programs that copy through ssh: scp between two remote hosts, sftp, rsync, git."""

import hashlib
import os
import shutil
import subprocess

from harness.logins import LoginCase


def digests(folder):
    """`{relative path: SHA-256}` of the files below a folder."""
    found = {}
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


class CopyThroughTheDoor(LoginCase):
    weight = 2

    def tree(self, name):
        """A folder with files of many sizes."""
        folder = self.door.folder.join(name)
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        for number, size in enumerate((0, 1, 4095, 65537, 3_000_000)):
            path = os.path.join(folder, "deep" * (number % 2), f"file {number}")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(os.urandom(size))
        return folder

    def place(self, name):
        path = self.door.folder.join(name)
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        return path

    def ssh(self):
        return f"ssh -F {self.configuration}"

    def run_tool(self, *command, **more):
        """A program that has ssh started by itself."""
        return self.door.client.run(*command, timeout=60, env=self.environment(
            GIT_SSH_COMMAND=self.ssh(), GIT_CONFIG_NOSYSTEM="1", **more))

    def test_scp_between_two_hidden_hosts(self):
        with open(self.configuration) as file:
            one = file.read()
        both = self.door.folder.write("both", one + one.replace("Host myserver", "Host otherserver"))
        source, target = self.tree("left"), self.place("right")
        self.run_client("scp", "-3", "-r", f"myserver:{source}", f"otherserver:{target}", configuration=both)
        self.assertEqual(digests(source), digests(target))

    def test_sftp_in_batch_mode_puts_lists_and_gets(self):
        source, target, back = self.tree("put"), self.place("there"), self.place("back")
        batch = self.door.folder.write("batch", f"put -r {source} {target}\nls -l {target}\nget -r {target} {back}\n")
        self.run_client("sftp", "-b", batch, "myserver")
        self.assertEqual(digests(source), digests(back))

    def test_rsync_both_ways_and_again(self):
        source, target, back = self.tree("source"), self.place("mirror"), self.place("returned")
        self.run_tool("rsync", "-a", "-e", self.ssh(), f"{source}/", f"myserver:{target}/")
        self.run_tool("rsync", "-a", "-e", self.ssh(), f"myserver:{target}/", f"{back}/")
        self.assertEqual(digests(source), digests(back))
        with open(os.path.join(source, "new"), "wb") as file:
            file.write(b"more")
        done = self.run_tool("rsync", "-ai", "-e", self.ssh(), f"{source}/", f"myserver:{target}/")
        self.assertEqual(["<f+++++++++ new"], [line for line in done.stdout.splitlines() if line.startswith("<")])
        self.assertEqual("", done.stderr)

    def test_git_clones_pushes_and_fetches(self):
        origin, first, second = self.place("origin.git"), self.place("first"), self.place("second")
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", origin], check=True)
        self.run_tool("git", "clone", "-q", f"myserver:{origin}", first)
        shutil.copytree(self.tree("content"), first, dirs_exist_ok=True)

        def git(folder, *words):
            return self.run_tool("git", "-C", folder, "-c", "user.name=A", "-c", "user.email=a@example.org", *words)

        git(first, "checkout", "-q", "-B", "main")
        git(first, "add", "-A")
        git(first, "commit", "-q", "-m", "content")
        git(first, "push", "-q", "origin", "main")
        done = self.run_tool("git", "clone", "-q", f"ssh://myserver{origin}", second)
        self.assertEqual("", done.stderr)
        self.assertEqual(digests(first), digests(second))
        git(second, "commit", "-q", "--allow-empty", "-m", "more")
        git(second, "push", "-q", "origin", "main")
        git(first, "pull", "-q", "--ff-only", "origin", "main")
        self.assertEqual("more\n", git(first, "log", "-1", "--format=%s").stdout)
