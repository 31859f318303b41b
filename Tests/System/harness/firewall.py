"""The server's firewall as the tutorial sets it up: established flows and the loopback pass, all else is dropped."""

import re
from typing import NamedTuple

CHAIN = "FWKNOP_INPUT"


class Grant(NamedTuple):
    """One open door as the firewall shows it."""

    source: str
    protocol: str
    port: int
    expires: int
    rule: str


class Firewall:
    """The firewall of one host."""

    def __init__(self, host, program="iptables"):
        self.host, self.program = host, program

    def iptables(self, *arguments, check=True):
        return self.host.run(self.program, "-w", *arguments, check=check)

    def save(self):
        """The filter table as `iptables-restore` takes it."""
        return self.host.run(f"{self.program}-save", "-t", "filter").stdout

    def restore(self, text, *options):
        """Puts `text` in the place of what is there."""
        return self.host.run(f"{self.program}-restore", *options, input=text)

    def default_drop(self):
        """Tutorial order. The jump to the server's chain comes from the server, in front of these."""
        self.iptables("-A", "INPUT", "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT")
        self.iptables("-A", "INPUT", "-i", "lo", "-j", "ACCEPT")
        self.iptables("-P", "INPUT", "DROP")
        return self

    def rules(self, chain=None):
        """The rules as `iptables -S` prints them; empty when the chain does not exist."""
        done = self.iptables("-S", *([chain] if chain else []), check=False)
        return done.stdout.splitlines() if done.returncode == 0 else []

    def grants(self, chain=CHAIN):
        """The rules that carry an expiry comment."""
        found = []
        for rule in self.rules(chain):
            expires = re.search(r"_exp_(\d+)", rule)
            if not expires:
                continue
            source = re.search(r"-s (\S+?)(?:/32|/128)? ", rule)
            protocol = re.search(r"-p (\S+)", rule)
            port = re.search(r"--dport (\d+)", rule)
            found.append(Grant(source[1] if source else "any", protocol[1] if protocol else "any",
                               int(port[1]) if port else 0, int(expires[1]), rule))
        return found
