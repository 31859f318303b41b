"""A client with a name server, and a hidden host that is known by name in both families."""

from . import clients
from .door import DoorCase
from .door6 import Door6
from .names import A, AAAA, NameServer
from .waiting import until

NAME, OTHER = "door.example", "knock.example"


class NamesCase(DoorCase):
    weight = 4

    @classmethod
    def make_door(cls):
        door = Door6(lifetime=2).wait_ipv6()
        door.names = door.own(NameServer(door.client, {}))
        door.service(22, lambda connection: connection.sendall(b"over IPv4"))
        door.service6(22).handle = lambda connection: connection.sendall(b"over IPv6")
        return door

    def setUp(self):
        self.names = self.door.names
        self.names.names.clear()
        self.names.asked.clear()
        self.names.local = ""
        for address in (self.door.client_address, self.door.client_address6):
            self.door.wait_no_grant(address)

    def know(self, name=NAME, v4=None, v6=None):
        self.names.names[name] = {A: [self.door.address] if v4 is None else v4,
                                  AAAA: [self.door.address6] if v6 is None else v6}

    def rc(self, server=NAME, **more):
        return self.door.rc(section=NAME, SPA_SERVER=server, **{"SERVER_KIND": "sallyport", "CONNECT_TIMEOUT": 20, **more})

    def proxy(self, *options, **more):
        return self.door.own(clients.Proxy(self.door.client, self.door.folder, self.rc(**more), NAME, 22, *options,
                                           wrap=self.names.wrap(self.door.folder)))

    def tell_once_asked(self, name, over):
        """Gives the address for one family, which was kept back, once both are asked for: a lookup that has only been
        started ends with the first connection."""
        until(lambda: {(name, A), (name, AAAA)} <= set(self.names.questions()), 5, lambda: self.names.questions())
        kind, address = (A, self.door.address) if over == "IPv4" else (AAAA, self.door.address6)
        self.names.speak(name, kind, [address])

    def opens(self, over, *options, **more):
        proxy = self.proxy(*(options or ["-vv"]), **more)
        self.assertEqual(f"over {over}".encode(), proxy.stdout.read(9), proxy.errors())
        return proxy

    def wait_granted(self, source):
        """A rule for this address has come since the last knock, and may have ended meanwhile."""
        until(lambda: f"Added access rule to FWKNOP_INPUT for {source} " in self.door.log()[self.knocked:], 5, self.door.log)

    def knock(self):
        self.knocked = len(self.door.log())
        self.door.client.run(*self.names.wrap(self.door.folder), clients.needs.program("spa-knock"), "--rc-file", self.rc(),
                             "-n", NAME, "-A", "tcp/22", env=clients.environment(self.door.folder))
