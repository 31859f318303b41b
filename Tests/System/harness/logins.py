"""Logins through a hidden door: an sshd behind it, ssh_config files, and terminals to type into."""

import contextlib
import fcntl
import os
import select
import shlex
import signal
import struct
import subprocess
import termios

from . import cleanup
from .clients import environment, proxy_command
from .door import Door, DoorCase
from .services import Sshd
from .waiting import until


def command_line(rc, *options):
    """The ProxyCommand of an ssh_config."""
    return shlex.join(proxy_command(rc, "HOST", 0, *options)[:-2]) + " %h %p"


class LoginCase(DoorCase):
    """Tests that share a door with an sshd behind it; `myserver` of `configuration` goes through it."""

    @classmethod
    def make_door(cls):
        return Door(lifetime=4)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.sshd = cls.door.own(Sshd(cls.door.host, cls.door.folder))
            cls.rc = cls.door.rc()
            cls.configuration = cls.configure("ssh_config")
        except BaseException:
            cls.door.close()
            raise

    @classmethod
    def configure(cls, name, *more, options=(), rc=None, alias="myserver"):
        """Another ssh_config: `more` lines for its `Host` block, `options` for spa-proxy."""
        return cls.sshd.client_configuration(cls.door.address, command_line(rc or cls.rc, *options), alias=alias,
                                             name=name, more=more)

    def closed_rc(self, **more):
        """An rc file whose knocks nobody hears, once the door is shut again."""
        self.door.wait_no_grant(timeout=10)
        lines = {"SPA_SERVER_PORT": 9, **more}
        with open(self.rc) as file:
            return self.door.folder.write("closed.rc", file.read() + "".join(f"{k} {v}\n" for k, v in lines.items()))

    def environment(self, **more):
        return {**environment(self.door.folder), **more}

    def run_client(self, *command, configuration=None, environment=None, **options):
        """Runs `PROGRAM -F CONFIGURATION ARGUMENTS` on the client's host."""
        program, *arguments = command
        return self.door.client.run(program, "-F", configuration or self.configuration, *arguments,
                                    env=environment or self.environment(), **{"timeout": 120, **options})

    def start_client(self, *command, configuration=None, **options):
        """The same, running; ended with the test."""
        program, *arguments = command
        process = self.door.client.popen([program, "-F", configuration or self.configuration, *arguments],
                                         env=self.environment(), **options)
        self.addCleanup(end, process)
        return process

    def proxies(self):
        """Process ids of the spa-proxy processes on the client's host."""
        return [pid for pid, name in self.door.client.processes().items() if name == "spa-proxy"]

    def no_proxy_left(self, timeout=5):
        until(lambda: not self.proxies(), timeout, "the end of spa-proxy")


def end(process):
    """Ends a process that a test started, whatever it did meanwhile."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with contextlib.suppress(OSError):
                pipe.close()


class Terminal:
    """A terminal on a host with an interactive shell that leads its session, for tests to type into."""

    def __init__(self, host, environment):
        self._master, slave = os.openpty()
        self._seen = b""
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
        try:
            self.process = host.popen(["setsid", "-c", "bash", "--norc", "--noprofile", "-i"], stdin=slave, stdout=slave,
                                      stderr=slave, start_new_session=False,
                                      env={**environment, "PS1": "prompt> ", "TERM": "dumb", "HISTFILE": ""})
        finally:
            os.close(slave)
        self.close = cleanup.later(self._close)
        self.wait("prompt> ")

    def type(self, text):
        os.write(self._master, text.encode())

    def wait(self, text, timeout=20):
        """Waits until the screen shows `text`, and forgets everything up to there."""
        def shown():
            while select.select([self._master], [], [], 0)[0]:
                try:
                    self._seen += os.read(self._master, 65536)
                except OSError:
                    break
            return text.encode() in self._seen

        until(shown, timeout, lambda: f"{text!r} on the screen, which shows {self._seen.decode(errors='replace')!r}")
        self._seen = self._seen.split(text.encode(), 1)[1]

    def hang_up(self):
        """Closes the window: the kernel tells the shell and the program in front of it."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def _close(self):
        self.hang_up()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(3)
