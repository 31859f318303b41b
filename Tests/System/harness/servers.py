"""The two servers: ours, and the stock one. Both read the same two files."""

import contextlib
import os
import signal
import shutil

from . import needs
from .processes import Daemon, alive, children
from .waiting import until

# Users of this test process alone: the limit of processes counts a user's, whoever started them, and also those that have
# ended and that nobody has reaped yet.
SUPERVISOR_UID, HELPER_UID, WORKER_UID = (70_000 + 3 * (os.getpid() % 100_000) + place for place in range(3))


def store_mark(state_directory):
    """The path of what the running system remembers of a replay store: named after the 64-bit FNV-1a of its directory."""
    value = 0xcbf29ce484222325
    for byte in state_directory.encode():
        value = (value ^ byte) * 0x100000001b3 % (1 << 64)
    return f"/run/sallyport/store-{value:016x}.mark"


def _lines(settings):
    return "".join(f"{name}    {value}\n" for name, value in settings.items() if value is not None)


class Spad:
    """Our server. `start` may be called again after an end; the run folder, and so the replay memory, stays."""

    def __init__(self, host, folder, access, interface="veth0", **settings):
        self.host, self.folder = host, folder
        self.run_folder = folder.join("run")
        self.settings = {
            "PCAP_INTF": interface, "PCAP_FILTER": "udp port 62201", "FIREWALL_EXE": shutil.which("iptables"),
            "SUPERVISOR_USER": SUPERVISOR_UID, "HELPER_USER": HELPER_UID, "WORKER_USER": WORKER_UID, **settings,
        }
        self.configure(access)
        self.daemon, self.pids, self.environment = None, {}, None

    def configure(self, access=None, **settings):
        """Writes the files; a running server takes no notice before `reload`."""
        self.settings.update(settings)
        self.configuration = self.folder.write("spad.conf", _lines(self.settings))
        if access is not None:
            self.access = self.folder.write("access.conf", access)

    def arguments(self, *more):
        return [needs.program("spad"), "-c", self.configuration, "-a", self.access, "-r", self.run_folder, *more]

    def start(self, sign=r"\bready\b"):
        """Starts and waits for a sign in the log, without another wish until packets are accepted."""
        self.daemon = Daemon(self.host, self.arguments("-f"), self.folder.join("spad.log"),
                             self.environment)
        self.daemon.wait_log(sign, 10)
        self.pids = {"spad": self.daemon.pid, **children(self.daemon.pid)}
        return self

    def command(self, *more):
        """Runs `spad` once with this server's files, for `-R`, `--exit-parse-config` and the like."""
        return self.host.run(*self.arguments(*more), check=False, timeout=20)

    def reload(self):
        return self.command("-R")

    def living(self):
        """Those of the three that have not ended."""
        return {name: pid for name, pid in self.pids.items() if alive(pid)}

    def kill(self, name, number=signal.SIGKILL):
        os.kill(self.pids[name], number)

    def kill_all(self):
        """The power plug: no one of the three gets to say a word."""
        self._kill_living()
        self.wait_gone()

    def _kill_living(self):
        for pid in self.living().values():
            # The end of one ends the others, which may be gone by now.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def wait_gone(self, timeout=5):
        def gone():
            self.daemon.process.poll()
            return not self.living()

        until(gone, timeout, lambda: f"the end of {self.living()}:\n{self.daemon.log()[-2000:]}")

    def stop(self):
        """SIGTERM, and the end of all three; the supervisor's exit status."""
        self.daemon.signal(signal.SIGTERM)
        code = self.daemon.wait(5)
        self.wait_gone(2)
        return code

    @property
    def state_folder(self):
        return self.settings.get("STATE_DIR", self.run_folder)

    def close(self):
        if self.daemon:
            self.daemon.close()
            self._kill_living()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(store_mark(self.state_folder))


class SpadOfACarelessParent(Spad):
    """Our server, started by somebody who ignores the ends of children, which a program inherits."""

    def arguments(self, *more):
        return ["env", "--ignore-signal=CHLD", *super().arguments(*more)]


class WrappedSpad(Spad):
    """Our server, started by another program that looks at it or changes what it sees."""

    def wrapper(self):
        """The words in front of the command."""
        raise NotImplementedError

    def start(self, sign=r"\bready\b"):
        self.daemon = Daemon(self.host, [*self.wrapper(), *self.arguments("-f")], self.folder.join("spad.log"),
                             self.environment)
        self.daemon.wait_log(sign, 20)
        supervisor = children(self.daemon.pid)["spad"]
        self.pids = {"spad": supervisor, **children(supervisor)}
        return self

    def stop(self):
        os.kill(self.pids["spad"], signal.SIGTERM)
        return self.daemon.wait(20)


class Fwknopd:
    """The stock server, as packaged."""

    def __init__(self, host, folder, access, interface="veth0", **settings):
        self.host, self.folder = host, folder
        self.settings = {
            "PCAP_INTF": interface, "PCAP_FILTER": "udp port 62201", "FIREWALL_EXE": shutil.which("iptables"),
            "FWKNOP_RUN_DIR": folder.join("fwknopd"), **settings,
        }
        self.configuration = folder.write("fwknopd.conf", _lines(self.settings))
        self.access = folder.write("fwknopd-access.conf", access)
        self.daemon = None

    def start(self):
        command = ["fwknopd", "-f", "-c", self.configuration, "-a", self.access]
        self.daemon = Daemon(self.host, command, self.folder.join("fwknopd.log"))
        self.daemon.wait_log("Starting fwknopd main event loop", 10)
        return self

    def close(self):
        if self.daemon:
            self.daemon.close()
