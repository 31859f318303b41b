"""A daemon in the foreground whose log is a file that tests read."""

import contextlib
import ctypes
import os
import re
import signal
import subprocess

from . import cleanup
from .waiting import PATIENCE, TooLate, until


class Daemon:
    """One program running in a namespace; stdout and stderr go to one log file."""

    def __init__(self, host, command, log, environment=None):
        self.host, self.command, self._log = host, command, log
        with open(log, "ab") as file:
            self._from = file.tell()
            self.process = host.popen(command, stdout=file, stderr=subprocess.STDOUT, env=environment)
        self.close = cleanup.later(self._close)

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        """What this run has written so far."""
        with open(self._log, "rb") as file:
            file.seek(self._from)
            return file.read().decode(errors="replace")

    def count(self, pattern):
        """How often the log matches."""
        return len(re.findall(pattern, self.log(), re.MULTILINE))

    def wait_log(self, pattern, timeout=10, times=1):
        """Waits until the log matches `times` times; gives the last match. Ends early when the daemon has ended."""
        def seen():
            ended = self.process.poll() is not None
            matches = list(re.finditer(pattern, self.log(), re.MULTILINE))
            if len(matches) >= times:
                return matches[-1]
            if ended:
                raise TooLate(f"{self.command[0]} ended with {self.process.returncode} before it wrote {pattern!r}:\n"
                              + self.log()[-3000:])
            return None

        return until(seen, timeout, lambda: f"{pattern!r} in the log of {self.command[0]}:\n{self.log()[-3000:]}")

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=10):
        """Waits for the end; the exit status, negative for a signal."""
        try:
            return self.process.wait(timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            raise TooLate(f"{self.command[0]} still runs after {timeout * PATIENCE} s:\n{self.log()[-2000:]}") from None

    def _close(self):
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                pass
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(3)


def alive(pid):
    """Whether the process runs or is stopped; a zombie has ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def children(pid):
    """`{name: pid}` of the direct child processes."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        found = {}
        for child in file.read().split():
            # One that has just ended is none.
            with contextlib.suppress(OSError), open(f"/proc/{child}/comm") as comm:
                found[comm.read().strip()] = int(child)
        return found


def status(pid):
    """The fields of /proc/PID/status."""
    with open(f"/proc/{pid}/status") as file:
        return {name: value.strip() for name, value in (line.split(":", 1) for line in file)}


def adopt_orphans():
    """Orphans become children of this process from now on, for `reap_orphans`. The first process of a container may take
    its time to reap, and the dead count against their user's limit of processes."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def reap_orphans(users):
    """Reaps what has ended and belongs to `users`: no process that this one has started does."""
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children") as file:
            found = file.read().split()
        for pid in found:
            with contextlib.suppress(OSError, KeyError):
                facts = status(pid)
                if facts["State"].startswith("Z") and int(facts["Uid"].split()[0]) in users:
                    os.waitpid(int(pid), os.WNOHANG)
