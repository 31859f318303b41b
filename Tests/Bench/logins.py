"""`ssh host true`, from the call to its end, by several ways and from several distances."""

import shlex
import time

from harness import cleanup, needs
from harness.clients import environment, proxy_command
from harness.door import Door
from harness.keys import rc_section
from harness.servers import Fwknopd, Spad
from harness.services import Sshd
from harness.topologies import FarApart, TwoHosts

OPEN_PORT = 2022


class Logins:
    """Two pairs of hosts, `rtt` milliseconds apart: one server runs spad, the other fwknopd as packaged; both the same
    sshd, once behind the door and once on a port that is open to all."""

    def __init__(self, rtt, sleeping):
        topology = (lambda: FarApart(rtt)) if rtt else TwoHosts
        self.ours = Door(topology=topology, server=Spad, lifetime=2)
        self.stock = Door(topology=topology, server=Fwknopd, lifetime=3)
        self.configurations = {}
        for door in (self.ours, self.stock):
            self._sshd = door.own(Sshd(door.host, door.folder))
            self.configurations[door] = self._sshd.client_configuration(door.address, name="direct")
            if door is self.ours:
                self._configure(self._sshd)
        self.stock_rc = self.stock.folder.write(
            "stock.rc", rc_section("default", self.stock.keys, SPA_SERVER=self.stock.address))
        self.ways = {
            "ssh, port open to all": self.plain,
            "ssh through spa-proxy and spad": lambda: self._ours("stream"),
            "the same, connection handed over (fdpass)": lambda: self._ours("fdpass"),
            "script `fwknop; ssh` and fwknopd": self.script,
        }
        if sleeping:
            self.ways["ProxyCommand 'fwknop; sleep 1; nc', fwknopd"] = self.sleeping

    def _configure(self, sshd):
        folder = cleanup.Folder()
        plain = Sshd(self.ours.host, folder, OPEN_PORT)
        self.ours.firewall.iptables("-A", "INPUT", "-p", "tcp", "--dport", str(OPEN_PORT), "-j", "ACCEPT")
        self.open = plain.client_configuration(self.ours.address)
        rc = self.ours.rc(SERVER_KIND="sallyport")
        for kind, more in (("stream", []), ("fdpass", ["--fdpass"])):
            proxy = shlex.join(proxy_command(rc, "HOST", 0, *more)[:-3]) + " %h %p"
            if more:
                proxy += "\n    ProxyUseFdpass yes"
            self.configurations[kind] = sshd.client_configuration(self.ours.address, proxy, name=kind)

    @staticmethod
    def _timed(door, *commands):
        """Milliseconds that these commands take, one after the other; each must succeed."""
        begun = time.monotonic()
        for command in commands:
            door.client.run(*command, env=environment(door.folder))
        return (time.monotonic() - begun) * 1000

    def plain(self):
        return self._timed(self.ours, ["ssh", "-F", self.open, "myserver", "true"])

    def _ours(self, kind):
        # A login must meet a closed door.
        self.ours.wait_no_grant(timeout=20)
        return self._timed(self.ours, ["ssh", "-F", self.configurations[kind], "myserver", "true"])

    def _knock(self):
        return ["fwknop", "-A", "tcp/22", "-a", self.stock.client_address, "-D", self.stock.address,
                "--rc-file", self.stock_rc, "--no-save-args"]

    def script(self):
        self.stock.wait_no_grant(timeout=20)
        return self._timed(self.stock, self._knock(),
                           ["ssh", "-F", self.configurations[self.stock], "myserver", "true"])

    def sleeping(self):
        self.stock.wait_no_grant(timeout=20)
        # ssh puts `exec` in front.
        command = f"sh -c {shlex.quote(f'{shlex.join(self._knock())} </dev/null >/dev/null; sleep 1; exec nc %h %p')}"
        return self._timed(self.stock, ["ssh", "-F", self.configurations[self.stock], "-o", f"ProxyCommand={command}",
                                        "myserver", "true"])

    def handshakes(self, way):
        """SYNs sent and connections accepted by sshd in one login."""
        door = self.stock if "fwknopd" in way else self.ours
        sniffer = door.sniffer()
        before = door.host.run("nstat", "-asz", "TcpPassiveOpens").stdout
        self.ways[way]()
        after = door.host.run("nstat", "-asz", "TcpPassiveOpens").stdout
        opened = int(after.split()[-2]) - int(before.split()[-2])
        count = sniffer.syns(22) + sniffer.syns(OPEN_PORT)
        sniffer.close()
        return count, opened

    def close(self):
        self.stock.close()
        self.ours.close()


def measure(rtt, count, report):
    """Runs all ways in turns and prints the table."""
    logins = Logins(rtt, sleeping=rtt == 0)
    taken = {name: [] for name in logins.ways}
    try:
        for way in logins.ways.values():
            way()  # the first of each warms the caches and is not counted
        for _ in range(count):
            for name, way in logins.ways.items():
                taken[name].append(way())
        notes = {}
        for name in logins.ways:
            syns, accepted = logins.handshakes(name)
            notes[name] = f"{syns} SYN, {accepted} accepted"
    finally:
        logins.close()
    report.table(f"`ssh host true`, round trip {rtt} ms, {count} of each", list(taken.items()), notes=notes)


def tools():
    needs.tools("ip", "iptables", "fwknop", "fwknopd", "ssh", "ssh-keygen", "sshd", "nc", "socat", "nstat")
