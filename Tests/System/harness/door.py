"""A hidden door, complete: hosts, firewall, server, keys; and test classes that stand on one."""

import itertools
import re
import shutil
import socket
import unittest

from . import cleanup, clients, traffic
from .firewall import Firewall
from .keys import Keys, rc_section, stanza
from .namespaces import link_address
from .servers import Spad
from .services import TcpServer
from .topologies import TwoHosts
from .waiting import until


class Door:
    """Hosts, a default-drop firewall and a running server whose one stanza lets `keys` open tcp/22 and tcp/2222."""

    def __init__(self, access=None, keys=None, topology=TwoHosts, server=Spad, start=True, lifetime=30,
                 firewall=None, **settings):
        self._closing = []
        self.folder = self.own(cleanup.Folder())
        self.keys = keys or Keys.new()
        self.world = self.own(topology())
        self.client, self.host = self.world.client, self.world.server
        self.address, self.client_address = self.world.SERVER, self.world.CLIENT
        if firewall:
            # Legacy iptables has a lock file in /run, which hosts shall not share.
            self.host.private_run()
            settings.setdefault("FIREWALL_EXE", shutil.which(firewall))
        self.firewall = Firewall(self.host, firewall or "iptables").default_drop()
        self.server = server(self.host, self.folder, access or stanza(self.keys, FW_ACCESS_TIMEOUT=lifetime),
                             interface=self.world.INTERFACE, **settings)
        self.own(self.server)
        self._numbers = itertools.count(1)
        if start:
            self.server.start()

    def own(self, thing):
        """`thing` is closed with the door, before what was there earlier."""
        self._closing.append(thing)
        return thing

    def close(self):
        while self._closing:
            self._closing.pop().close()

    def log(self):
        return self.server.daemon.log()

    def shut(self):
        """Nothing is open any more: the server starts anew, which takes away what it had granted. So grants may be long, and
        be there for whoever looks late, and the next test does not wait for their end."""
        self.server.stop()
        self.server.start()

    # Knocks

    def knock(self, *options, keys=None, access="tcp/22", allow=None):
        """One knock of the stock client; without `allow` for the client's own address, explicitly."""
        clients.fwknop(self.client, self.folder, keys or self.keys, *options, server=self.address, access=access,
                       allow=allow or self.client_address)

    def packet(self, *options, keys=None, access="tcp/22", allow=None):
        """The payload of a knock that nobody has sent yet."""
        return clients.packet(self.client, self.folder, keys or self.keys, *options, server=self.address,
                              access=access, allow=allow or self.client_address)

    def send(self, payloads, **options):
        traffic.send(self.client, payloads, self.address, **options)

    def send_frame(self, kind, packet):
        """Sends one frame made by hand, whose link addresses are those of the cable. `kind` is what stands between them and
        the packet, in hex."""
        ours, theirs = (
            bytes.fromhex(link_address(host, "veth0").replace(":", "")) for host in (self.client, self.host))
        with self.client.entered():
            raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        with raw:
            raw.bind(("veth0", 0))
            raw.send(theirs + ours + bytes.fromhex(kind) + packet)

    def rc(self, keys=None, section="myserver", **more):
        """An rc file of our client with one section for this server."""
        return self.folder.write("rc", rc_section(section, keys or self.keys, **{"SPA_SERVER": self.address, **more}))

    def proxy(self, port=22, rc=None, **more):
        """A running `spa-proxy` to this server; closed with the door."""
        return self.own(clients.Proxy(self.client, self.folder, rc or self.rc(**more), self.address, port))

    def service(self, port=22, handle=None):
        """A TCP service behind the door."""
        return self.own(TcpServer(self.host, port, handle))

    # What the firewall shows

    def grants(self, source=None, port=None):
        return [grant for grant in self.firewall.grants()
                if (source is None or grant.source == source) and (port is None or grant.port == port)]

    def wait_grant(self, source=None, port=22, timeout=5):
        """Waits for a rule for this source and port."""
        source = source or self.client_address
        return until(lambda: self.grants(source, port), timeout,
                     lambda: f"a rule for {source} tcp/{port} in {self.firewall.rules()}\n{self.log()[-3000:]}")[-1]

    def wait_granted(self, source=None, port=r"\d+", since=0, timeout=5):
        """Waits for the line about a rule: for a grant so short that the rule may be gone when somebody looks. `since` is
        where in the log to begin."""
        self.wait_said(rf"Added access rule to \S+ for {re.escape(source or self.client_address)} -> \S+ \w+/{port}, ", since,
                       timeout)

    def wait_said(self, pattern, since=0, timeout=5):
        """Waits until the log matches from there on: what is done may be seen before it is said."""
        return until(lambda: re.search(pattern, self.log()[since:], re.MULTILINE), timeout,
                     lambda: f"{pattern!r} in\n{self.log()[since:][-3000:]}")

    def wait_no_grant(self, source=None, port=22, timeout=5):
        source = source or self.client_address
        until(lambda: not self.grants(source, port), timeout, lambda: f"the end of {self.grants()}")

    def good_knock_opens(self, keys=None):
        """A good knock for an address that nobody has used: when its rule is there, every earlier packet has been
        judged. UDP may lose one under load, so a fresh packet follows each second, as a client would send it."""
        address = f"192.0.2.{next(self._numbers) % 250 + 1}"
        for attempt in range(4):
            self.knock(keys=keys, allow=address)
            try:
                return self.wait_grant(address, timeout=1 if attempt < 3 else 3)
            except AssertionError:
                if attempt == 3:
                    raise
        return None

    # What a visitor sees

    def is_open(self, port=22, timeout=0.5):
        return traffic.connects(self.client, self.address, port, timeout)

    def sniffer(self):
        return traffic.Sniffer(self.client, self.world.INTERFACE)


class DoorCase(unittest.TestCase):
    """Tests that share one door; `make_door` may be overridden."""

    @classmethod
    def make_door(cls):
        return Door()

    @classmethod
    def setUpClass(cls):
        cls.door = cls.make_door()

    @classmethod
    def tearDownClass(cls):
        cls.door.close()


class FreshDoorCase(unittest.TestCase):
    """Tests that break their door: each asks for its own."""

    def open_door(self, **options):
        door = Door(**options)
        self.addCleanup(door.close)
        return door
