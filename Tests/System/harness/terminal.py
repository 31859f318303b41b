"""A terminal with somebody in front of it."""

import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time

from .waiting import PATIENCE, TooLate


END = b"\0"  # our own, behind the program's last byte


class Terminal:
    """A program on a terminal of its own, which controls it. Its standard streams may be pipes all the same."""

    def __init__(self, host, command, environment, streams=True, **options):
        """`streams` puts standard input, output and error on the terminal too; otherwise they are pipes."""
        self._master, self._slave = pty.openpty()
        self._seen = b""
        self.before = termios.tcgetattr(self._slave)
        kinds = dict.fromkeys(("stdin", "stdout", "stderr"), self._slave if streams else subprocess.PIPE)
        self.process = host.popen(command, env=environment, preexec_fn=self._take, **{**kinds, **options})

    def _take(self):
        fcntl.ioctl(self._slave, termios.TIOCSCTTY, 0)

    def settings(self):
        """What tcgetattr tells now."""
        return termios.tcgetattr(self._slave)

    def echoes(self):
        return bool(self.settings()[3] & termios.ECHO)

    def text(self):
        """All that the terminal shows so far."""
        while select.select([self._master], [], [], 0)[0]:
            try:
                self._seen += os.read(self._master, 65536)
            except OSError:
                break
        return self._seen.decode(errors="replace")

    def wait_text(self, pattern, timeout=10):
        end = time.monotonic() + timeout * PATIENCE
        while not re.search(pattern, self.text()):
            if time.monotonic() > end:
                raise TooLate(f"{pattern!r} on the terminal: {self.text()!r}")
            select.select([self._master], [], [], 0.05)
        return self.text()

    def type(self, text):
        os.write(self._master, text.encode())

    def wait(self, timeout=15):
        """Waits for the end of the program, and for all that it wrote: the kernel carries that over in its own time."""
        status = self.process.wait(timeout * PATIENCE)
        os.write(self._slave, END)
        self.wait_text(END.decode())
        self._seen = self._seen.replace(END, b"")
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()
        os.close(self._slave)
        os.close(self._master)
