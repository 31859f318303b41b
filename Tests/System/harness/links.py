"""Two hosts on other links than a plain Ethernet cable."""

import fcntl
import os
import select
import struct
import threading

from . import cleanup
from .namespaces import Namespace, link_address
from .topologies import TwoHosts

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000


class Loopback:
    """One host alone with itself."""

    CLIENT = SERVER = "127.0.0.1"
    INTERFACE = "lo"

    def __init__(self):
        self.client = self.server = Namespace("server")

    def close(self):
        self.server.close()


class Everywhere(TwoHosts):
    """All interfaces of the server."""

    INTERFACE = "any"


class Bridged(TwoHosts):
    """The server's interface is a port of a bridge, which has the address."""

    def plug(self):
        super().plug()
        link = link_address(self.server, "veth0")
        self.server.run("ip", "addr", "flush", "dev", "veth0")
        for command in (f"link add br0 address {link} type bridge", "link set veth0 master br0", "link set br0 up",
                        f"addr add {self.SERVER}/24 dev br0"):
            self.server.run("ip", *command.split())


class BridgedEverywhere(Bridged):
    INTERFACE = "any"


class MacVlan(TwoHosts):
    """The server's address is on an interface that shares the cable with another one."""

    INTERFACE = "mac0"

    def plug(self):
        super().plug()
        self.server.run("ip", "addr", "flush", "dev", "veth0")
        for command in ("link add link veth0 name mac0 type macvlan", "link set mac0 up",
                        f"addr add {self.SERVER}/24 dev mac0"):
            self.server.run("ip", *command.split())
        link = link_address(self.server, "mac0")
        self.client.run("ip", "neigh", "replace", self.SERVER, "lladdr", link, "dev", "veth0", "nud", "permanent")


class OverTun:
    """Two hosts whose packets have no link header: this process carries them from one tun device to the other."""

    CLIENT, SERVER = "203.0.113.2", "203.0.113.1"
    INTERFACE = "tun0"

    def __init__(self):
        self.client, self.server = Namespace("client"), Namespace("server")
        self._ends = [self._device(self.client, self.CLIENT, self.SERVER),
                      self._device(self.server, self.SERVER, self.CLIENT)]
        self._stop, self._stopped = os.pipe()
        self._carrier = threading.Thread(target=self._carry, daemon=True)
        self._carrier.start()
        self.close = cleanup.later(self._close)

    @staticmethod
    def _device(host, own, peer):
        with host.entered():
            end = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
            fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", b"tun0", IFF_TUN | IFF_NO_PI))
        host.run("ip", "link", "set", "tun0", "up")
        host.run("ip", "addr", "add", own, "peer", peer, "dev", "tun0")
        return end

    def _carry(self):
        one, other = self._ends
        while True:
            ready, _, _ = select.select([one, other, self._stop], [], [])
            if self._stop in ready:
                return
            for end in ready:
                os.write(other if end == one else one, os.read(end, 65536))

    def _close(self):
        os.close(self._stopped)
        self._carrier.join()
        for end in (*self._ends, self._stop):
            os.close(end)
        self.server.close()
        self.client.close()
