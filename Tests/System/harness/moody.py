"""Firewall tools that can be made to fail, hang, talk nonsense or vanish."""

import os
import shutil
import signal
import unittest

from . import cleanup
from .boundary import Helper, request
from .firewall import Firewall
from .namespaces import Namespace
from .waiting import until

TOOLS = ("iptables", "iptables-restore", "iptables-save")


class MoodyTools:
    """Programs that do what the real ones do, unless they are in a mood: a piece of shell that comes first.

    In it, `$0` is the tool's name, `$@` are its arguments and `$real` is what it would run. It runs in the helper's
    sandbox: of the shell, only what is built in works, `exec`, and subshells; `$$` may not be known there."""

    # The shell lets the session pass, the tool that is kept open: everything else ends by itself.
    BUT_THE_SESSION = 'case "$*" in *-v*) exec "$real" "$@";; esac\n'
    # Sets `line` to the first line of the script that a one-shot tool was given, behind the table's name.
    READ_LINE = "{ read -r line; read -r line; } < /proc/self/fd/0\n"

    def __init__(self, real="iptables"):
        self.folder = cleanup.Folder("tools")
        self.close = self.folder.close
        self.program = self.folder.join("iptables")
        self._mood = self.folder.join("mood")
        for name in TOOLS:
            self.folder.write(name, f'#!/bin/sh\nreal={shutil.which(real)}{name.removeprefix("iptables")}\n'
                                    f'[ -e {self._mood} ] && . {self._mood}\nexec "$real" "$@"\n', 0o755)

    def mood(self, text):
        """Tools that start from now on are in this mood."""
        beside = self.folder.write("mood.new", text + "\n", 0o644)
        os.rename(beside, self._mood)

    def gate(self):
        """A named pipe: `read -r word < gate` in a mood waits until `pass_gate`."""
        path = self.folder.join("gate")
        os.mkfifo(path)
        os.chmod(path, 0o644)
        return path

    def pass_gate(self):
        """Lets the tool go on that waits at the gate."""
        def opened():
            try:
                return os.open(self.folder.join("gate"), os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return None  # nobody waits there yet

        number = until(opened, 10, "a tool at the gate")
        os.write(number, b"go\n")
        os.close(number)

    def calm(self):
        # Not taken away: a tool that has just seen the file would fail to read it.
        self.mood("")

    def vanish(self):
        for name in TOOLS:
            os.rename(self.folder.join(name), self.folder.join(name + ".away"))

    def come_back(self):
        for name in TOOLS:
            os.rename(self.folder.join(name + ".away"), self.folder.join(name))


def end(pids):
    """Ends tools that run, whatever they do."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class MoodyCase(unittest.TestCase):
    def setUp(self):
        self.host = Namespace("server")
        self.addCleanup(self.host.close)
        self.firewall = Firewall(self.host).default_drop()
        self.tools = MoodyTools()
        self.addCleanup(self.tools.close)

    def start(self, **options):
        helper = Helper(self.host, self.tools.program, **options)
        self.addCleanup(helper.close)
        return helper

    def opened(self):
        return sorted(grant.source for grant in self.firewall.grants())

    def turn(self, helper, mood):
        """From now on the tools are in this mood, those that run too."""
        self.tools.mood(mood)
        end(helper.tools())

    def well_again(self, helper, sources, number=1000):
        """A request is granted, and in the end exactly these sources and its own have a rule."""
        self.assertEqual("granted", helper.ask(request(number, source="192.0.2.200")))
        until(lambda: self.opened() == sorted([*sources, "192.0.2.200"]), 40, lambda: f"rules: {self.opened()}")
