"""Small internets."""

from .long_wire import LongWire
from .namespaces import Namespace, acquaint, wire


class TwoHosts:
    """client 203.0.113.2 ── 203.0.113.1 server, on one cable, without ARP and IPv6: what the client's interface hears
    is what the server sent."""

    CLIENT, SERVER = "203.0.113.2", "203.0.113.1"
    INTERFACE = "veth0"

    def __init__(self):
        self.client, self.server = Namespace("client"), Namespace("server")
        self.plug()

    def plug(self):
        """Puts the cable in: both interfaces come into being."""
        self._connect()
        self.client.run("ip", "addr", "add", f"{self.CLIENT}/24", "dev", "veth0")
        self.server.run("ip", "addr", "add", f"{self.SERVER}/24", "dev", "veth0")
        acquaint(self.client, "veth0", self.server, "veth0")

    def unplug(self):
        """Takes the cable away, and both interfaces with it."""
        self.server.run("ip", "link", "del", "veth0")

    def _connect(self):
        wire(self.client, "veth0", self.server, "veth0")

    def close(self):
        self.server.close()
        self.client.close()


class FarApart(TwoHosts):
    """The same two hosts, `rtt` milliseconds apart."""

    def __init__(self, rtt, jitter=0, loss=0):
        self._distance = {"rtt": rtt, "jitter": jitter, "loss": loss}
        super().__init__()

    def _connect(self):
        LongWire(self.client, "veth0", self.server, "veth0", **self._distance)


class WithHostBehind(TwoHosts):
    """client 203.0.113.2 ── 203.0.113.1 server 10.99.0.1 ── 10.99.0.2 behind; the server does not forward."""

    INSIDE, BEHIND = "10.99.0.1", "10.99.0.2"

    def __init__(self):
        super().__init__()
        self.behind = Namespace("behind")
        wire(self.server, "inside", self.behind, "veth0")
        self.server.run("ip", "addr", "add", f"{self.INSIDE}/24", "dev", "inside")
        self.behind.run("ip", "addr", "add", f"{self.BEHIND}/24", "dev", "veth0")

    def close(self):
        self.behind.close()
        super().close()


class HairpinHome:
    """client 10.77.0.2 ── router ── 10.78.0.2 server, at one home. The name of the server stands for the router's public
    address 198.51.100.2, which the router forwards to the server, from inside too: then it puts its own inner address
    10.78.0.1 in the client's place. internet 198.51.100.1 is outside."""

    CLIENT, SERVER = "10.77.0.2", "198.51.100.2"
    INSIDE, INTERNET = "10.78.0.1", "198.51.100.1"
    INTERFACE = "veth0"

    def __init__(self):
        self.client, self.router = Namespace("client"), Namespace("router")
        self.internet, self.server = Namespace("internet"), Namespace("server")
        wire(self.client, "veth0", self.router, "lan")
        wire(self.server, "veth0", self.router, "dmz")
        wire(self.router, "outside", self.internet, "west")
        for host, interface, address in (
            (self.client, "veth0", f"{self.CLIENT}/24"), (self.router, "lan", "10.77.0.1/24"),
            (self.server, "veth0", "10.78.0.2/24"), (self.router, "dmz", f"{self.INSIDE}/24"),
            (self.router, "outside", f"{self.SERVER}/24"), (self.internet, "west", f"{self.INTERNET}/24"),
        ):
            host.run("ip", "addr", "add", address, "dev", interface)
        for host, gateway in ((self.client, "10.77.0.1"), (self.server, self.INSIDE), (self.router, self.INTERNET)):
            host.run("ip", "route", "add", "default", "via", gateway)
        self.router.forward()
        nat = ("iptables", "-w", "-t", "nat", "-A")
        for transport, port in (("udp", "62201"), ("tcp", "22")):
            self.router.run(*nat, "PREROUTING", "-d", self.SERVER, "-p", transport, "--dport", port, "-j", "DNAT",
                            "--to-destination", "10.78.0.2")
        self.router.run(*nat, "POSTROUTING", "-s", "10.77.0.0/24", "-o", "dmz", "-j", "MASQUERADE")
        self.router.run(*nat, "POSTROUTING", "-o", "outside", "-j", "MASQUERADE")

    def close(self):
        for host in (self.server, self.internet, self.router, self.client):
            host.close()


class BehindNat:
    """client 10.77.0.2 ── router (masquerades as 198.51.100.2) ── internet 198.51.100.1 ── server 203.0.113.1"""

    CLIENT, SERVER = "10.77.0.2", "203.0.113.1"
    PUBLIC, INTERNET = "198.51.100.2", "198.51.100.1"
    INTERFACE = "veth0"

    def __init__(self):
        self.client, self.router = Namespace("client"), Namespace("router")
        self.internet, self.server = Namespace("internet"), Namespace("server")
        wire(self.client, "veth0", self.router, "inside")
        wire(self.router, "outside", self.internet, "west")
        wire(self.internet, "east", self.server, "veth0")
        for host, interface, address in (
            (self.client, "veth0", f"{self.CLIENT}/24"), (self.router, "inside", "10.77.0.1/24"),
            (self.router, "outside", f"{self.PUBLIC}/24"), (self.internet, "west", f"{self.INTERNET}/24"),
            (self.internet, "east", "203.0.113.254/24"), (self.server, "veth0", f"{self.SERVER}/24"),
        ):
            host.run("ip", "addr", "add", address, "dev", interface)
        for host, gateway in ((self.client, "10.77.0.1"), (self.router, self.INTERNET), (self.server, "203.0.113.254")):
            host.run("ip", "route", "add", "default", "via", gateway)
        self.router.forward()
        self.internet.forward()
        self.router.run("iptables", "-w", "-t", "nat", "-A", "POSTROUTING", "-o", "outside", "-j", "MASQUERADE")

    def close(self):
        for host in (self.server, self.internet, self.router, self.client):
            host.close()
