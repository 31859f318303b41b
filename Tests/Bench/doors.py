"""From the start of a client to the first byte from a service: behind each kind of shut door, at each distance, with loss.

It shows what the pace of the connection attempts costs: in time, beside a connection to an open port, and in SYNs."""

import statistics
import subprocess
import time

from harness.clients import environment, proxy_command
from harness.door import Door
from harness.keys import rc_section
from harness.topologies import FarApart, TwoHosts

OPEN_PORT = 2022
REJECTS = {"DROP": [], "REJECT, reset": ["--reject-with", "tcp-reset"],
           "REJECT, ICMP": ["--reject-with", "icmp-port-unreachable"]}
# Round trip in milliseconds, share of packets that are lost each way, and what the firewall does with the rest.
PATHS = [(rtt, 0, "DROP") for rtt in (0, 20, 100, 300)] + [
    (rtt, 0, kind) for kind in ("REJECT, reset", "REJECT, ICMP") for rtt in (0, 100)
] + [(rtt, 0.1, "DROP") for rtt in (20, 100, 300)]


class Path:
    def __init__(self, rtt, loss, kind):
        topology = (lambda: FarApart(rtt, loss=loss)) if rtt else TwoHosts
        self.door = Door(topology=topology, lifetime=1)
        for port in (22, OPEN_PORT):
            self.door.service(port, lambda connection: connection.sendall(b"!"))
        self.door.firewall.iptables("-A", "INPUT", "-p", "tcp", "--dport", str(OPEN_PORT), "-j", "ACCEPT")
        if REJECTS[kind]:
            self.door.firewall.iptables("-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "REJECT", *REJECTS[kind])
        self.ways = {
            "nc, port open to all": ["nc", self.door.address, str(OPEN_PORT)],
            "spa-proxy, SERVER_KIND sallyport": self._proxy("sallyport"),
            "spa-proxy, SERVER_KIND fwknop": self._proxy("fwknop"),
        }

    def _proxy(self, kind):
        rc = self.door.folder.write(f"{kind}.rc", rc_section(
            "myserver", self.door.keys, SPA_SERVER=self.door.address, SERVER_KIND=kind,
            ALLOW_IP=self.door.client_address))
        return proxy_command(rc, self.door.address, 22)

    def visit(self, command):
        """Milliseconds to the first byte, and how many SYNs it took."""
        self.door.wait_no_grant(timeout=20)
        with self.door.sniffer() as sniffer:
            begun = time.monotonic()
            process = self.door.client.popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                                             env=environment(self.door.folder))
            came = process.stdout.read(1)
            taken = (time.monotonic() - begun) * 1000
            process.kill()
            process.stdin.close()
            process.stdout.close()
            process.wait()
            if came != b"!":
                raise EOFError(f"{command[0]}: nothing came")
            return taken, sniffer.syns(22) + sniffer.syns(OPEN_PORT)


def measure(count, report):
    for rtt, loss, kind in PATHS:
        path = Path(rtt, loss, kind)
        taken, syns = {name: [] for name in path.ways}, {name: [] for name in path.ways}
        try:
            for turn in range(count + 1):
                for name, command in path.ways.items():
                    milliseconds, number = path.visit(command)
                    if turn:
                        taken[name].append(milliseconds)
                        syns[name].append(number)
        finally:
            path.door.close()
        notes = {name: f"{statistics.median(each):.0f} SYN" for name, each in syns.items()}
        lossy = f", {loss:.0%} lost" if loss else ""
        report.table(f"first byte, {kind}, round trip {rtt} ms{lossy}", list(taken.items()), notes=notes)
