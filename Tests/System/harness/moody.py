"""Firewall tools that can be made to fail, hang, talk nonsense or vanish."""

import os
import shutil
import signal

from . import cleanup

TOOLS = ("iptables", "iptables-restore", "iptables-save")


class MoodyTools:
    """Programs that do what the real ones do, unless they are in a mood: a piece of shell that comes first.

    In it, `$0` is the tool's name, `$@` are its arguments and `$real` is what it would run."""

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

    def calm(self):
        if os.path.exists(self._mood):
            os.unlink(self._mood)

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
