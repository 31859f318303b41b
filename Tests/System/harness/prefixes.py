"""A hidden door whose stanza opens prefixes, and a client with many addresses of one."""

import errno
import os
import socket
import struct

from .door6 import Door6
from .hostile import checksum
from .keys import Keys, stanza
from .namespaces import acquaint6, link_address
from .waiting import until

PREFIX, PREFIX6 = "203.0.113.0/24", "2001:db8::/64"
# The client knocks from its own address, 203.0.113.2; these are neighbours behind the same carrier, and one elsewhere.
NEIGHBOURS = ("203.0.113.7", "203.0.113.9", "203.0.113.10")
NEIGHBOURS6 = ("2001:db8::7", "2001:db8:0:0:9::9")
OUTSIDE, OUTSIDE6 = "203.0.112.5", "2001:db8:0:1::5"


class PrefixDoor(Door6):
    """GRANT_PREFIX 24 and GRANT_PREFIX6 64, unless `lines` of the stanza say otherwise."""

    def __init__(self, lines=(), lifetime=30, **options):
        keys = Keys.new()
        more = {"GRANT_PREFIX": "24", "GRANT_PREFIX6": "64", "FW_ACCESS_TIMEOUT": lifetime, **dict(lines)}
        super().__init__(keys=keys, access=stanza(keys, **more), prepare=PrefixDoor.people, **options)

    def people(self):
        """Gives the client the addresses of its neighbours."""
        for address in (*NEIGHBOURS, OUTSIDE):
            self.client.run("ip", "addr", "add", f"{address}/32", "dev", "veth0")
        self.host.run("ip", "route", "add", f"{OUTSIDE}/32", "dev", "veth0")
        for address in (*NEIGHBOURS6, OUTSIDE6):
            self.client.run("ip", "-6", "addr", "add", f"{address}/128", "dev", "veth0", "nodad")
            acquaint6(self.client, address, self.host, self.address6, "veth0")
        self.host.run("ip", "-6", "route", "add", f"{OUTSIDE6}/128", "dev", "veth0")

    def connection(self, source, port=22, timeout=10):
        """A TCP connection from one of the client's addresses; nothing where none comes up."""
        family, server = (socket.AF_INET6, self.address6) if ":" in source else (socket.AF_INET, self.address)
        with self.client.entered():
            tcp = socket.socket(family, socket.SOCK_STREAM)
        tcp.settimeout(timeout)
        tcp.bind((source, 0))
        try:
            tcp.connect((server, port))
        except socket.timeout:
            tcp.close()
            return None
        except OSError as problem:
            tcp.close()
            if problem.errno != errno.EHOSTUNREACH:
                raise
            return None
        return tcp

    def lets_in(self, source, port=22, timeout=0.5):
        """Whether a connection comes up, in the time that it would take where one may."""
        tcp = self.connection(source, port, timeout)
        if tcp:
            tcp.close()
        return tcp is not None

    def must_let_in(self, source, port=22):
        """A connection that has to come up, however busy the machine is."""
        assert self.lets_in(source, port, 10), f"{source} is not let in: {self.firewall.rules()}\n{self.log()[-2000:]}"

    def wait_narrowed(self, network, address, service="tcp/22"):
        """Waits for the line, which follows the end of the prefix's rule; gives the end of the grant."""
        line = self.server.daemon.wait_log(
            rf"Narrowed rule {network}->{service} in FWKNOP_INPUT to {address}, which.* expire time of (\d+)", 5)
        return int(line[1])

    def sources(self):
        """What the firewall lets in, and where: sorted."""
        return sorted((grant.source, grant.port) for grant in self.grants())

    def _hearing(self):
        """The kernel's row about the helper's socket of netfilter."""
        with self.host.entered(), open("/proc/thread-self/net/netlink") as file:
            rows = [line.split() for line in file][1:]
        inodes = {os.stat(f"/proc/{self.server.pids['spad-helper']}/fd/{name}").st_ino
                  for name in os.listdir(f"/proc/{self.server.pids['spad-helper']}/fd")}
        own = [row for row in rows if row[1] == "12" and int(row[9]) in inodes]
        if len(own) != 1:
            raise AssertionError(f"one socket for connections: {rows}")
        return own[0]

    def listens(self):
        """Whether the helper hears of connections: its socket is in a group."""
        return int(self._hearing()[3], 16) != 0

    def unheard(self):
        """Bytes of news that wait for the helper."""
        return int(self._hearing()[4])

    def has_missed(self):
        """Whether there was no room for some."""
        return int(self._hearing()[8]) != 0

    def wait_deaf(self):
        until(lambda: not self.listens(), 5, "the helper to hear of connections no longer")

    def forge(self, source, flags, number=1, acknowledged=0, port=22):
        """Sends a TCP segment from an address that is somebody else's."""
        ours, theirs = (bytes.fromhex(link_address(host, "veth0").replace(":", "")) for host in (self.client, self.host))
        ends = socket.inet_aton(source) + socket.inet_aton(self.address)
        head = struct.pack("!HHIIBBHHH", 41000, port, number, acknowledged, 5 << 4, flags, 64240, 0, 0)
        sum_ = checksum(ends + struct.pack("!BBH", 0, 6, len(head)) + head)
        head = head[:16] + struct.pack("!H", sum_) + head[18:]
        packet = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(head), 1, 0, 64, 6, 0) + ends
        packet = packet[:10] + struct.pack("!H", checksum(packet)) + packet[12:] + head
        with self.client.entered():
            raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        with raw:
            raw.bind(("veth0", 0))
            raw.send(theirs + ours + b"\x08\x00" + packet)
