"""Our server as its unit file has systemd run it."""

import os
import shutil

from . import opened
from .machine import Machine, installed
from .processes import alive, children
from .servers import _lines
from .waiting import until

UNIT = "spad.service"


class UnitSpad:
    """Installed by `make install`, enabled, and started when its machine starts. Stands in for `servers.Spad`."""

    def __init__(self, host, folder, access, interface="veth0", **settings):
        self.host, self.daemon = host, self
        self.files = folder.join("files")
        os.makedirs(os.path.join(self.files, "etc/sallyport"))
        self.settings = {"PCAP_INTF": interface, "PCAP_FILTER": "udp port 62201",
                         "FIREWALL_EXE": shutil.which("iptables"), **settings}
        self.machine, self.pids = None, {}
        self.configure(access)

    def configure(self, access=None, **settings):
        """Writes the files where the installed server looks for them."""
        self.settings.update(settings)
        self._write("spad.conf", _lines(self.settings))
        if access is not None:
            self._write("access.conf", access)

    def _write(self, name, text):
        base = self.machine.path() if self.machine else self.files
        with open(os.open(os.path.join(base, "etc/sallyport", name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                  "w") as file:
            file.write(text)

    def start(self):
        """Boots the machine, or starts the unit again; until packets are judged."""
        if self.machine is None:
            self.boot()
        else:
            self.systemctl("start")
        return self.wait_judging()

    def boot(self):
        """Starts the machine, until systemd has nothing more to do."""
        self.machine = Machine(self.host, installed(self.files), [UNIT])

    def wait_judging(self, timeout=20):
        """Until the status line, which only the running server writes, says so."""
        def judging():
            state = self.state()
            return state["SubState"] == "running" and state["StatusText"].startswith("Judging") and state

        until(judging, timeout, lambda: f"{UNIT}: {self.state()}\n{self.log()[-4000:]}")
        self.pids = until(self._find, timeout, lambda: f"three processes in {self.host.processes()}")
        return self

    def state(self):
        return self.machine.properties(UNIT, "ActiveState", "SubState", "StatusText", "Result", "NRestarts")

    def _find(self):
        """Process ids as seen from here; the worker has left the host's network."""
        main = [pid for pid, name in self.host.processes().items() if name == "spad"]
        found = {"spad": main[0], **children(main[0])} if len(main) == 1 else {}
        return found if {"spad-helper", "spad-worker"} <= set(found) else None

    def living(self):
        return {name: pid for name, pid in self.pids.items() if alive(pid)}

    def systemctl(self, verb, check=True):
        done = self.machine.run("systemctl", verb, UNIT)
        if check and done.returncode != 0:
            raise AssertionError(f"systemctl {verb}: {done.stdout}{done.stderr}\n{self.log()[-4000:]}")
        return done

    def log(self):
        return self.machine.journal(UNIT) if self.machine else ""

    def close(self):
        if self.machine:
            self.machine.close()


class TracedSpad(UnitSpad):
    """The same under strace, and so without the walls that keep strace out, or from seeing what is tried."""

    def boot(self):
        place = os.path.join(self.files, "etc/systemd/system", f"{UNIT}.d")
        os.makedirs(place)
        strace = "/usr/bin/strace -D " + " ".join(opened.OPTIONS).replace("%", "%%")
        with open(os.path.join(place, "trace.conf"), "w") as file:
            file.write("[Service]\nNoNewPrivileges=no\nSystemCallFilter=\nReadOnlyPaths=\nKillMode=process\n"
                       "CapabilityBoundingSet=CAP_SYS_PTRACE CAP_DAC_READ_SEARCH\n"
                       f"ExecStart=\nExecStart={strace} -o /run/sallyport/trace /usr/local/sbin/spad -f\n"
                       f"ExecReload=\nExecReload={strace} -o /run/sallyport/trace-reload /usr/local/sbin/spad -R\n")
        super().boot()

    def acts(self):
        """What all of them did, once they have ended."""
        with open(self.machine.path("run/sallyport/trace")) as run, \
                open(self.machine.path("run/sallyport/trace-reload")) as reload:
            return opened.acts(run.read(), "systemd") | opened.acts(reload.read(), "systemd")
