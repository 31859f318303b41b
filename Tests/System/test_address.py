"""Which address the client asks for: its route's, the one that a STUN server sees, or the packet's source."""

from harness import clients
from harness.door import Door, DoorCase
from harness.services import Coturn
from harness.topologies import BehindNat

NOBODY = "203.0.113.77:3478"


class BehindARouter(DoorCase):
    @classmethod
    def make_door(cls):
        door = Door(topology=BehindNat)
        door.own(Coturn(door.world.internet, door.folder, door.world.INTERNET, door.client))
        door.service(22, lambda connection: connection.sendall(b"welcome"))
        return door

    def setUp(self):
        self.door.shut()
        self.rc = self.door.rc(STUN_SERVER=f"{self.door.world.INTERNET}:3478")

    def test_the_door_opens_for_the_routers_public_address(self):
        proxy = self.door.proxy(22, self.rc)
        self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())
        self.assertEqual(self.door.world.PUBLIC, self.door.wait_grant(self.door.world.PUBLIC).source)

    def test_a_knock_that_resolves_asks_for_the_public_address(self):
        clients.spa_knock(self.door.client, self.door.folder, self.rc, "-A", "tcp/22", "-R", "-D", self.door.address)
        self.door.wait_grant(self.door.world.PUBLIC)

    def test_source_mode_lets_the_server_take_the_packets_source(self):
        clients.spa_knock(self.door.client, self.door.folder, self.rc, "-A", "tcp/22", "-s", "-D", self.door.address)
        self.door.wait_grant(self.door.world.PUBLIC)

    def test_source_mode_of_the_rc_file_works_through_the_proxy(self):
        proxy = self.door.proxy(22, ALLOW_IP="source")
        self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())

    def test_an_explicit_address_needs_no_stun_server(self):
        proxy = self.door.proxy(22, ALLOW_IP=self.door.world.PUBLIC, STUN_SERVER=NOBODY)
        self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())

    def test_without_an_answer_from_stun_the_failure_says_so_in_one_line(self):
        proxy = self.door.proxy(22, STUN_SERVER=NOBODY, CONNECT_TIMEOUT=3, ALLOW_IP="resolve", ADDRESS_CACHE=0)
        self.assertNotEqual(0, proxy.wait(10))
        self.assertEqual(b"", proxy.stdout.read())
        self.assertEqual(1, len(proxy.errors().splitlines()), proxy.errors())
        self.assertEqual([], self.door.grants())


class OnTheSameNetwork(DoorCase):
    @classmethod
    def make_door(cls):
        door = Door()
        door.service(22, lambda connection: connection.sendall(b"welcome"))
        return door

    def setUp(self):
        self.door.shut()

    def test_a_directly_connected_server_is_asked_for_the_routes_address(self):
        proxy = self.door.proxy(22, STUN_SERVER=NOBODY)
        self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())
        self.door.wait_grant(self.door.client_address)

    def test_a_private_server_is_asked_for_the_routes_address(self):
        door, private = self.door, "10.9.0.1"
        door.host.run("ip", "addr", "add", f"{private}/32", "dev", "lo")
        door.client.run("ip", "route", "add", f"{private}/32", "via", door.address)
        rc = door.rc(SPA_SERVER=private, STUN_SERVER=NOBODY)
        proxy = door.own(clients.Proxy(door.client, door.folder, rc, private, 22))
        self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())
        door.wait_grant(door.client_address)

    def test_a_plain_knock_asks_for_the_given_address_and_port(self):
        rc = self.door.rc()
        done = clients.spa_knock(self.door.client, self.door.folder, rc, "-A", "tcp/2222", "-a", "192.0.2.7",
                                 "-D", self.door.address)
        self.assertEqual(("", ""), (done.stdout, done.stderr))
        self.door.wait_grant("192.0.2.7", 2222)

    def test_a_named_stanza_supplies_everything(self):
        rc = self.door.rc(section="work", ACCESS="tcp/2222", ALLOW_IP="192.0.2.8")
        clients.spa_knock(self.door.client, self.door.folder, rc, "-n", "work")
        self.door.wait_grant("192.0.2.8", 2222)
