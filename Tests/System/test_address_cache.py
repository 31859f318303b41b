"""The public address is remembered for each network, for a short time, and never in the way of a login."""

import os
import stat

from harness import clients
from harness.door import Door, FreshDoorCase
from harness.names import A, NameServer
from harness.services import Coturn
from harness.topologies import BehindNat

SECOND = "198.51.100.3"


class Remembered(FreshDoorCase):
    """A client behind a router with coturn in the Internet. Its first login fills the cache."""

    def setUp(self):
        self.door = door = self.open_door(topology=BehindNat)
        self.world = door.world
        self.coturn = door.own(Coturn(self.world.internet, door.folder, self.world.INTERNET, door.client))
        door.service(22, lambda connection: connection.sendall(b"welcome"))
        self.stun = f"{self.world.INTERNET}:3478"
        self.path = door.folder.join(".cache", "sallyport", "addresses")
        self.words = self.login()

    def proxy(self, **rc):
        return self.door.own(clients.Proxy(
            self.door.client, self.door.folder, self.door.rc(**{"STUN_SERVER": self.stun, **rc}), self.door.address,
            22, "-v"))

    def login(self, **rc):
        """The words of `-v` of a login that works, with the grants of those before it gone."""
        self.door.shut()
        proxy = self.proxy(**rc)
        self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())
        proxy.stdin.close()
        self.assertEqual(0, proxy.wait(), proxy.errors())
        return proxy.errors()

    def content(self):
        with open(self.path) as file:
            return file.read()

    def rewrite(self, text, mode=0o600):
        with open(self.path, "w") as file:
            file.write(text)
        os.chmod(self.path, mode)

    def assert_cached(self, words):
        self.assertIn(f"address: cache: {self.world.PUBLIC}", words)

    def test_the_second_login_waits_for_nobody(self):
        self.assertNotIn("cache", self.words)
        self.coturn.close()
        self.assert_cached(self.login(ALLOW_IP="resolve"))

    def test_the_file_is_the_users_alone(self):
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.path).st_mode))
        self.assertEqual(0o700, stat.S_IMODE(os.stat(os.path.dirname(self.path)).st_mode))
        self.assertEqual(["addresses"], os.listdir(os.path.dirname(self.path)))

    def test_a_file_that_others_may_write_or_that_is_damaged_counts_for_nothing(self):
        good = self.content()
        for text, mode in ((good, 0o620), (good, 0o602), (good + "x\n", 0o600), (good.replace("stun", "STUN"), 0o600),
                           (good * 400, 0o600), ("\0" * 100, 0o600), ("", 0o600)):
            with self.subTest(f"{mode:o} {text[:60]!r}"):
                self.rewrite(text, mode)
                self.assertNotIn("cache:", self.login())
        self.rewrite(good)
        self.assert_cached(self.login())

    def test_a_link_or_a_fifo_in_its_place_counts_for_nothing(self):
        elsewhere = self.door.folder.write("elsewhere", self.content())
        os.unlink(self.path)
        os.symlink(elsewhere, self.path)
        self.assertNotIn("cache:", self.login())
        os.unlink(self.path)
        os.mkfifo(self.path, 0o600)
        self.assertNotIn("cache:", self.login())

    def test_a_folder_that_others_may_write_counts_for_nothing(self):
        os.chmod(os.path.dirname(self.path), 0o777)
        self.assertNotIn("cache:", self.login())

    def test_an_entry_of_another_time_counts_for_nothing(self):
        good = self.content()
        words = good.splitlines()[1].split()
        moment = int(words[2])
        for shift in (-700, 700):
            with self.subTest(shift):
                self.rewrite(good.replace(str(moment), str(moment + shift)))
                self.assertNotIn("cache:", self.login())
        self.rewrite(good.replace(str(moment), str(moment - 700)))
        self.assert_cached(self.login(ADDRESS_CACHE=900))

    def test_an_entry_of_another_source_counts_for_nothing(self):
        """What STUN has told is not believed by a stanza that asks pages alone."""
        self.rewrite(self.content().replace(" stun ", " https "))
        self.assertNotIn("cache:", self.login())

    def test_another_router_is_another_network(self):
        self.world.router.run("ip", "link", "set", "inside", "address", "02:00:00:00:00:77")
        self.door.client.run("ip", "neigh", "flush", "all")
        self.assertNotIn("cache:", self.login())
        self.assert_cached(self.login())

    def test_without_a_cache_nothing_is_remembered_or_believed(self):
        self.assertNotIn("cache:", self.login(ADDRESS_CACHE=0))
        os.unlink(self.path)
        self.login(ADDRESS_CACHE=0)
        self.assertFalse(os.path.exists(self.path))

    def test_a_folder_that_cannot_be_made_is_no_obstacle(self):
        os.unlink(self.path)
        os.rmdir(os.path.dirname(self.path))
        with open(os.path.dirname(self.path), "w"):
            pass
        self.assertIn("cannot be remembered", self.login())

    def test_a_changed_address_is_noticed_in_the_same_login(self):
        router = self.world.router
        router.run("ip", "addr", "del", f"{self.world.PUBLIC}/24", "dev", "outside")
        router.run("ip", "addr", "add", f"{SECOND}/24", "dev", "outside")
        # What goes with the last address of an interface.
        router.run("ip", "route", "replace", "default", "via", self.world.INTERNET)
        words = self.login(ALLOW_IP="resolve")
        self.assert_cached(words)
        self.assertIn(f"62201 for {SECOND}\n", words)
        # Told beside the first attempts to connect, before anybody could say that nothing opens.
        self.assertNotIn("forgets the cached address", words)
        self.assertIn(SECOND, self.content())
        self.assertNotIn(self.world.PUBLIC, self.content())

    def test_an_address_that_opens_nothing_is_forgotten(self):
        self.rewrite(self.content().replace(self.world.PUBLIC, "198.51.100.77", 1))
        self.coturn.close()
        self.door.shut()
        # A second knock, which is what shows it, comes after one second.
        proxy = self.proxy(ALLOW_IP="resolve", CONNECT_TIMEOUT=5)
        self.assertEqual(70, proxy.wait(), proxy.errors())
        self.assertIn("cache: 198.51.100.77", proxy.errors())
        self.assertNotIn("198.51.100.77", self.content())

    def test_a_server_on_two_routes_is_asked_about_each_time(self):
        name, other = "door.example", "192.0.2.55"
        names = self.door.own(NameServer(self.door.client, {name: {A: [self.door.address, other]}}))
        wrap = names.wrap(self.door.folder)
        for route, remembers in ((["via", "10.77.0.1"], True), (["dev", "veth0"], False)):
            with self.subTest(route):
                self.door.shut()
                self.door.client.run("ip", "route", "replace", other, *route)
                rc = self.door.rc(section=name, SPA_SERVER=name, STUN_SERVER=self.stun)
                proxy = self.door.own(clients.Proxy(self.door.client, self.door.folder, rc, name, 22, "-v", wrap=wrap))
                self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())
                self.assertEqual(remembers, "address: cache: " in proxy.errors(), proxy.errors())
                self.assertNotEqual(remembers, "on more than one route" in proxy.errors())

    def test_ten_at_once_all_get_in_and_leave_a_good_file(self):
        os.unlink(self.path)
        self.door.shut()
        rc = self.door.rc(STUN_SERVER=self.stun)
        proxies = [self.door.own(clients.Proxy(self.door.client, self.door.folder, rc, self.door.address, 22))
                   for _ in range(10)]
        for proxy in proxies:
            self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())
        for proxy in proxies:
            proxy.stdin.close()
            self.assertEqual(0, proxy.wait(), proxy.errors())
        self.assertEqual(["addresses"], os.listdir(os.path.dirname(self.path)))
        self.assert_cached(self.login())
