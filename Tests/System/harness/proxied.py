"""A service behind a door, and spa-proxy to it: each test says what the service does."""

from .clients import Proxy
from .door import Door, DoorCase
from .waiting import until


class ProxiedCase(DoorCase):
    @classmethod
    def make_door(cls):
        return Door(lifetime=120)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.behaviour = None
        cls.server = cls.door.service(22, lambda connection: cls.behaviour(connection))
        cls.rc = cls.door.rc(ALLOW_IP=cls.door.client_address)

    def behave(self, behaviour):
        """From now on the service does this with a connection."""
        type(self).behaviour = staticmethod(behaviour)

    def start(self, behaviour, *options):
        """A proxy to the service, which behaves like this."""
        self.behave(behaviour)
        proxy = Proxy(self.door.client, self.door.folder, self.rc, self.door.address, 22, *options)
        self.addCleanup(proxy.close)
        return proxy

    def nobody_left(self, timeout=5):
        until(lambda: "spa-proxy" not in self.door.client.processes().values(), timeout, "the end of spa-proxy")
