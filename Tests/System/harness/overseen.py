"""Servers that are started under an overseer, which changes what they are told."""

import os
import sys

from .servers import WrappedSpad
from .tracing import numbers


class OverseenSpad(WrappedSpad):
    PROGRAM, CALLS, FILE = None, (), None

    def wrapper(self):
        program = os.path.join(os.path.dirname(__file__), self.PROGRAM)
        return [sys.executable, program, self.folder.join(self.FILE), *self.words(),
                *(str(numbers()[call]) for call in self.CALLS)]

    def words(self):
        """What the overseer is told at the start."""
        return []

    def tell(self, number):
        """What the overseer reads, at any time."""
        with open(os.open(self.folder.join(self.FILE), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(f"{number:<31}\n")


class SpadOfAnotherTime(OverseenSpad):
    """The server reads a clock that `set_clock` sets; its rules carry the dates of that clock."""

    PROGRAM, CALLS, FILE = "clockwork.py", ("clock_gettime", "read"), "clock"

    def set_clock(self, seconds):
        """So far ahead of the real time."""
        self.tell(seconds)


class SpadWhoseCallsFail(OverseenSpad):
    """One call of one of the server's programs fails with the error that `fail` names, until `heal`."""

    PROGRAM, FILE = "badcalls.py", "error"
    CHILD, DESCRIPTOR = None, "-"

    def words(self):
        return [self.CHILD, str(self.DESCRIPTOR)]

    def fail(self, code):
        self.tell(code)

    def heal(self):
        self.tell(0)

    def refused(self):
        """How many calls have failed."""
        with open(self.folder.join(self.FILE)) as file:
            return int(file.read()[32:] or 0)


class SpadOnABadDisk(SpadWhoseCallsFail):
    """The worker cannot write into its store, as on a file system that the kernel has made read-only under an open file."""

    CHILD, CALLS = "spad-worker", ("pwrite64",)


class SpadWhoseHelperIsNotHeard(SpadWhoseCallsFail):
    """The kernel has no memory for what the helper says to the supervisor."""

    CHILD, DESCRIPTOR, CALLS = "spad-helper", 3, ("sendmsg",)


class SpadWhoseWorkerIsNotHeard(SpadWhoseHelperIsNotHeard):
    """The same for the worker."""

    CHILD = "spad-worker"
