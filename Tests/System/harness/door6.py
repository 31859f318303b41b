"""A hidden door whose hosts speak IPv6 as well."""

import socket
import struct

from . import sealer
from .door import Door
from .firewall import Firewall
from .namespaces import Namespace, acquaint6, link_address
from .services import TcpServer
from .topologies import TwoHosts
from .waiting import until


class TwoHosts6(TwoHosts):
    """The same two hosts with IPv6 too: client 2001:db8::2 ── 2001:db8::1 server. Nobody looks for neighbours or routers."""

    CLIENT6, SERVER6 = "2001:db8::2", "2001:db8::1"

    def __init__(self):
        self.client, self.server = Namespace("client"), Namespace("server")
        for host in (self.client, self.server):
            host.ipv6(True, quiet=True)
        self.plug()

    def plug(self):
        super().plug()
        for host, address in ((self.client, self.CLIENT6), (self.server, self.SERVER6)):
            host.run("ip", "-6", "addr", "add", f"{address}/64", "dev", "veth0", "nodad")
        acquaint6(self.client, self.CLIENT6, self.server, self.SERVER6, "veth0")


class Everywhere6(TwoHosts6):
    INTERFACE = "any"


class BridgedEverywhere6(TwoHosts6):
    """The server's interface is a port of a bridge, which has the addresses; all interfaces are listened to."""

    INTERFACE = "any"

    def plug(self):
        super().plug()
        link = link_address(self.server, "veth0")
        for command in ("addr flush dev veth0", f"link add br0 address {link} type bridge", "link set veth0 master br0",
                        "link set br0 up", f"addr add {self.SERVER}/24 dev br0",
                        f"-6 addr add {self.SERVER6}/64 dev br0 nodad"):
            self.server.run("ip", *command.split())


class Door6(Door):
    """A door with a default-drop firewall in both families; `firewall6` is ip6tables."""

    def __init__(self, topology=TwoHosts6, start=True, firewall=None, prepare=None, **settings):
        super().__init__(topology=topology, start=False, firewall=firewall, **settings)
        self.address6, self.client_address6 = self.world.SERVER6, self.world.CLIENT6
        program = (firewall or "iptables").replace("iptables", "ip6tables")
        self.firewall6 = Firewall(self.host, program).default_drop()
        if prepare:
            prepare(self)
        if start:
            self.server.start()

    def grants(self, source=None, port=None):
        return super().grants(source, port) + [
            grant for grant in self.firewall6.grants()
            if (source is None or grant.source == source) and (port is None or grant.port == port)]

    def sealed(self, allow=None, **more):
        """The payload of a knock for `allow`, or for the client's IPv6 address."""
        return sealer.packet(self.keys, allow or self.client_address6, **more)

    def send6(self, payloads):
        """Sends over IPv6."""
        with self.client.entered():
            udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        with udp:
            for payload in [payloads] if isinstance(payloads, bytes) else payloads:
                udp.sendto(payload, (self.address6, 62201))

    def wait_ipv6(self):
        """Waits for the chain of ip6tables, which nobody's readiness waits for."""
        until(lambda: "-A INPUT -j FWKNOP_INPUT" in self.firewall6.rules("INPUT"), 5,
              lambda: f"the jump in {self.firewall6.rules()}\n{self.log()[-2000:]}")
        return self

    def service6(self, port=22):
        return self.own(TcpServer(self.host, port, family=socket.AF_INET6))

    def is_open6(self, port=22, timeout=0.5):
        with self.client.entered():
            tcp = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        with tcp:
            tcp.settimeout(timeout)
            try:
                tcp.connect((self.address6, port))
                return True
            except (socket.timeout, ConnectionRefusedError):
                return False


class Over6(Door6):
    """The same door in the words of `Door`, each about IPv6: knocks, rules and connections."""

    def __init__(self, start=True, **options):
        super().__init__(start=False, **options)
        self.firewall, self.firewall4 = self.firewall6, self.firewall
        self.client_address = self.client_address6
        if start:
            self.server.start()
            self.wait_ipv6()

    def knock(self, allow=None):
        self.send6(self.sealed(allow))

    def grants(self, source=None, port=None):
        return Door.grants(self, source, port)

    def good_knock_opens(self, keys=None):
        address = f"2001:db8:9::{next(self._numbers):x}"
        self.knock(address)
        return self.wait_grant(address)

    service, is_open = Door6.service6, Door6.is_open6


class SeenOverIPv6:
    """In front of a `FreshDoorCase`: its doors are `Over6`."""

    def open_door(self, **options):
        door = Over6(**options)
        self.addCleanup(door.close)
        return door


def ipv6_packet(inner, number, source, target, extensions=()):
    """An IPv6 packet around `inner`, of the protocol `number`, behind extension headers: (kind, bytes) each, of which the
    first two bytes are put in."""
    body, following = inner, number
    for kind, content in reversed(extensions):
        size = (len(content) + 2 + 7) // 8
        body = bytes([following, size - 1]) + content.ljust(size * 8 - 2, b"\x00") + body
        following = kind
    return (struct.pack("!IHBB", 6 << 28, len(body), following, 64) + socket.inet_pton(socket.AF_INET6, source)
            + socket.inet_pton(socket.AF_INET6, target) + body)


def udp(payload, port=62201, length=None):
    """A UDP datagram without a checksum."""
    return struct.pack("!HHHH", 40000, port, length or 8 + len(payload), 0) + payload
