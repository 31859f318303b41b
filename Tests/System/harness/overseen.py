"""Servers that are started under an overseer, which changes what they are told."""

import os
import sys

from .servers import WrappedSpad
from .tracing import numbers


class OverseenSpad(WrappedSpad):
    PROGRAM, CALLS, FILE = None, (), None

    def wrapper(self):
        program = os.path.join(os.path.dirname(__file__), self.PROGRAM)
        return [sys.executable, program, self.folder.join(self.FILE), *(str(numbers()[call]) for call in self.CALLS)]

    def tell(self, number):
        """What the overseer reads, at any time."""
        self.folder.write(self.FILE, f"{number:<31}\n")


class SpadOfAnotherTime(OverseenSpad):
    """The server reads a clock that `set_clock` sets; its rules carry the dates of that clock."""

    PROGRAM, CALLS, FILE = "clockwork.py", ("clock_gettime", "read"), "clock"

    def set_clock(self, seconds):
        """So far ahead of the real time."""
        self.tell(seconds)


class SpadOnABadDisk(OverseenSpad):
    """What the worker writes into its store fails with the error that `fail` names, until `heal`."""

    PROGRAM, CALLS, FILE = "badwrites.py", ("pwrite64",), "disk-error"

    def fail(self, code):
        self.tell(code)

    def heal(self):
        self.tell(0)
