"""Looking at a process call by call, and killing it in the middle."""

import functools
import os
import select
import subprocess
import sys
import time
from typing import NamedTuple

from . import cleanup, needs
from .waiting import PATIENCE, TooLate

ROLES = ("worker", "helper", "supervisor")


@functools.lru_cache(maxsize=None)
def allowed(role):
    """`{name: number}` of the system calls that the filter of a role allows: the real list. -1 for what this machine has
    not."""
    done = subprocess.run([needs.program("sandbox-attack"), "filter", role], capture_output=True, text=True, check=True)
    return {name: int(number) for name, number in map(str.split, done.stdout.splitlines())}


@functools.lru_cache(maxsize=None)
def numbers():
    return {name: number for role in ROLES for name, number in allowed(role).items()}


class Call(NamedTuple):
    """A system call that was entered: its name, its first argument, and what a pwrite64(2) is about to write, and where."""

    name: str
    descriptor: int
    offset: int = 0
    data: bytes = b""


class Tracer:
    """Follows one process at a time; see `tracer.py`."""

    def __init__(self):
        program = os.path.join(os.path.dirname(__file__), "tracer.py")
        known = numbers()
        self._names = {435: "clone3", **{number: name for name, number in known.items()}}
        self._process = subprocess.Popen(
            [sys.executable, program, str(known["pwrite64"]), str(known["socket"])], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, bufsize=0)
        self._text = b""
        self.calls, self.end, self._heard = [], None, 0.0
        self.close = cleanup.later(self._close)

    def _close(self):
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _order(self, *words):
        self.calls, self.end, self._heard = [], None, time.monotonic()
        self._process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        if words[0] != "detach":
            self._until(lambda: self.end, 5)
            if self.end != "ready":
                raise AssertionError(f"{words}: {self.end}")
            self.end = None

    def _point(self, point):
        if point is None:
            return 0, 0
        name, times = point
        return next(number for number, known in self._names.items() if known == name), times

    def attach(self, pid, point=None):
        """Follows `pid`, which waits; with a `point`, a name and a number, kills it on the way into the Nth call of that
        name from now on."""
        self._order("attach", pid, *self._point(point))

    def next_child(self, pid, word, point=None):
        """The same for the next child of `pid` whose command line has `word`, from its first socket on."""
        self._order("children", pid, word, *self._point(point))

    def detach(self):
        """Lets go; what was seen meanwhile stays in `calls`."""
        seen = list(self.calls)
        self._order("detach")
        self._until(lambda: self.end == "detached", 5)
        self.calls = seen + self.calls

    def poll(self, patience=0.0):
        """Takes in what the tracer has said; gives `killed`, `ended` or None."""
        ready, _, _ = select.select([self._process.stdout], [], [], patience)
        if ready:
            more = os.read(self._process.stdout.fileno(), 1 << 20)
            if not more:
                raise AssertionError("the tracer has ended")
            *lines, self._text = (self._text + more).split(b"\n")
            for line in lines:
                name, *words = line.decode().split()
                self._heard = time.monotonic()
                if name == "call":
                    number, descriptor, *data = words
                    content = (int(data[0]), bytes.fromhex(data[1])) if data else ()
                    self.calls.append(Call(self._names.get(int(number), number), int(descriptor), *content))
                else:
                    self.end = name
        return self.end

    def quiet(self):
        """For how many seconds the process has entered no call."""
        return time.monotonic() - self._heard

    def _until(self, condition, timeout):
        end = time.monotonic() + timeout * PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise TooLate(f"the tracer says nothing new within {timeout * PATIENCE} s: {self.end}, {self.calls[-3:]}")
            self.poll(0.1)

    def follow(self, done, timeout=10, pause=0.25):
        """Waits until the process was killed, has ended, or, once `done()`, has made no call for `pause` seconds."""
        self._until(lambda: self.end or (self.quiet() > pause and done()), timeout)
        return self.end
