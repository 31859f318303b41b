"""The same name of a server, at home and away: a router that sends its own public address back in."""

from harness import clients
from harness.door import Door, FreshDoorCase
from harness.services import Coturn
from harness.tellers import Stun
from harness.topologies import HairpinHome


class AtHome(FreshDoorCase):
    """The server's name stands for the router's public address; the server sees the router's inner one."""

    def setUp(self):
        self.door = door = self.open_door(topology=HairpinHome)
        door.service(22, lambda connection: connection.sendall(b"welcome"))
        self.stun = f"{door.world.INTERNET}:3478"

    def proxy(self, **rc):
        return self.door.own(clients.Proxy(
            self.door.client, self.door.folder, self.door.rc(**{"STUN_SERVER": self.stun, **rc}), self.door.address,
            22, "-v"))

    def assert_gets_in(self, proxy):
        self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())
        self.assertEqual(self.door.world.INSIDE, self.door.wait_grant(self.door.world.INSIDE).source)

    def test_an_address_that_is_the_servers_own_asks_for_the_packets_source_at_once(self):
        coturn = self.door.own(Coturn(self.door.world.internet, self.door.folder, self.door.world.INTERNET,
                                      self.door.client))
        proxy = self.proxy()
        self.assert_gets_in(proxy)
        self.assertIn(f"62201 for {self.door.address}, 0.0.0.0\n", proxy.errors())
        self.assertNotIn("nothing has opened", proxy.errors())
        coturn.close()
        # And so does the one that is remembered.
        again = self.proxy()
        self.assert_gets_in(again)
        self.assertIn(f"cache: {self.door.address}", again.errors())

    def test_a_connection_that_does_not_open_asks_for_the_packets_source_later(self):
        """A second router in front, say: what the sources tell is no address of ours."""
        proxy = self.proxy(ADDRESS_COMMAND="| echo 198.51.100.200", ADDRESS_SOURCES="command")
        self.assert_gets_in(proxy)
        self.assertIn("nothing has opened: asks for the packet's source, too", proxy.errors())

    def test_where_it_is_forbidden_the_packets_source_is_never_asked_for(self):
        stun = self.door.own(Stun(self.door.world.internet))
        proxy = self.proxy(SOURCE_FALLBACK="N", CONNECT_TIMEOUT=3)
        self.assertEqual(70, proxy.wait(), proxy.errors())
        self.assertNotIn("0.0.0.0", proxy.errors())
        self.assertTrue(stun.asked)
        self.assertEqual([], self.door.grants(self.door.world.INSIDE))
