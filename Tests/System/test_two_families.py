"""The client over IPv6, and a host with both families: a knock for each, and the first connection to stand."""

import re
import signal
import unittest

from harness import clients
from harness.door import DoorCase
from harness.door6 import Door6
from harness.namespaces import acquaint6
from harness.waiting import until

NAME = "door.example"
# A hosts file of its own for one program.
WITH_HOSTS = ("unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"')


class FamiliesCase(DoorCase):
    weight = 4

    @classmethod
    def make_door(cls):
        door = Door6(lifetime=2, VERBOSE="1").wait_ipv6()
        door.v4 = door.service(22, lambda connection: connection.sendall(b"over IPv4"))
        door.v6 = door.service6(22)
        door.v6.handle = lambda connection: connection.sendall(b"over IPv6")
        # Behind this port IPv4 alone.
        door.service(2222, lambda connection: connection.sendall(b"over IPv4"))
        return door

    def setUp(self):
        for address in (self.door.client_address, self.door.client_address6):
            self.door.wait_no_grant(address)
            self.door.wait_no_grant(address, 2222)
        self.before = len(self.door.log())

    def wait_granted(self, address, port=22):
        """By the log: the rule may be over before we come to look."""
        self.door.wait_granted(address, port, since=self.before)

    def rc(self, section=NAME, server=None, **more):
        return self.door.rc(section=section, **{"SPA_SERVER": server, "SERVER_KIND": "sallyport", **more})

    def proxy(self, host, *options, port=22, addresses=(), **more):
        door = self.door
        hosts = door.folder.write("hosts", "".join(f"{address} {NAME}\n" for address in addresses))
        return door.own(clients.Proxy(door.client, door.folder, self.rc(host, **more), host, port, *options,
                                      wrap=(*WITH_HOSTS, hosts)))

    def knock(self, *options, check=True, **more):
        return clients.spa_knock(self.door.client, self.door.folder, self.rc(**more), "-n", NAME, "-A", "tcp/22",
                                 *options, check=check)


class Knocks(FamiliesCase):
    def test_a_knock_over_ipv6_asks_for_our_address_on_the_route(self):
        self.knock("-D", self.door.address6)
        self.wait_granted(self.door.client_address6)

    def test_the_source_of_a_packet_over_ipv6_is_granted(self):
        self.knock("-D", self.door.address6, "-s")
        self.wait_granted(self.door.client_address6)

    def test_an_interface_has_an_address_of_either_family(self):
        self.knock("-D", self.door.address6, ALLOW_IP="interface:veth0")
        self.wait_granted(self.door.client_address6)

    def test_a_named_ipv6_address_is_asked_for_over_ipv4(self):
        self.knock("-D", self.door.address, "-a", "2001:db8:77::1")
        self.wait_granted("2001:db8:77::1")

    def test_a_link_local_server_is_reached_through_its_interface(self):
        door = self.door
        for host, address in ((door.client, "fe80::2"), (door.host, "fe80::1")):
            host.run("ip", "-6", "addr", "add", f"{address}/64", "dev", "veth0", "nodad")
        acquaint6(door.client, "fe80::2", door.host, "fe80::1", "veth0")
        self.knock("-D", "fe80::1%veth0")
        self.wait_granted("fe80::2")

    def test_a_stock_server_is_not_asked_for_an_ipv6_address(self):
        done = self.knock("-D", self.door.address, "-a", "2001:db8::7", check=False, SERVER_KIND="fwknop")
        self.assertEqual(65, done.returncode, done.stderr)
        self.assertIn("stock server", done.stderr)


class Logins(FamiliesCase):
    def test_a_literal_opens_over_ipv6(self):
        proxy = self.proxy(self.door.address6)
        self.assertEqual(b"over IPv6", proxy.stdout.read(9), proxy.errors())
        self.assertEqual([], self.door.grants(self.door.client_address))

    def test_ipv6_wins(self):
        # Open to all: whose rule the server has first is another matter, and IPv4 waits a tenth of a second only.
        rule = ("INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT")
        for firewall in (self.door.firewall, self.door.firewall6):
            firewall.iptables("-A", *rule)
            self.addCleanup(firewall.iptables, "-D", *rule)
        proxy = self.proxy(NAME, "-v", addresses=(self.door.address, self.door.address6))
        self.assertEqual(b"over IPv6", proxy.stdout.read(9), proxy.errors())

    def test_each_family_gets_a_knock_of_its_own(self):
        proxy = self.proxy(NAME, "-v", port=2222, addresses=(self.door.address, self.door.address6))
        self.assertEqual(b"over IPv4", proxy.stdout.read(9), proxy.errors())
        for address in (self.door.client_address, self.door.client_address6):
            self.wait_granted(address, 2222)

    def test_the_other_family_serves_where_the_first_does_not(self):
        proxy = self.proxy(NAME, "-v", port=2222, addresses=(self.door.address, self.door.address6))
        self.assertEqual(b"over IPv4", proxy.stdout.read(9), proxy.errors())

    def test_a_family_without_a_route_is_left_out(self):
        proxy = self.proxy(NAME, "-v", addresses=("2001:db9::1", self.door.address))
        self.assertEqual(b"over IPv4", proxy.stdout.read(9), proxy.errors())
        self.assertIn("IPv6 is left out", proxy.errors())

    def attempts(self, proxy):
        """The addresses of the connection attempts, in the order in which they were started."""
        return re.findall(r"ms: attempt \d+ to connect to (\S+)$", proxy.errors(), re.MULTILINE)

    def test_a_family_without_a_route_holds_the_other_up_in_nothing(self):
        proxy = self.proxy(NAME, "-vv", addresses=("2001:db9::1", self.door.address), ALLOW_IP="source")
        self.assertEqual(b"over IPv4", proxy.stdout.read(9), proxy.errors())
        self.assertIn("the knock by udp to [2001:db9::1]:62201: Network is unreachable", proxy.errors())
        self.assertEqual(f"{self.door.address}:22", self.attempts(proxy)[0])

    def test_an_address_that_fails_at_once_leaves_its_turn_to_the_next(self):
        # There is a route, and not for this port. Elsewhere five attempts precede the first one at the next address.
        door = self.door
        for kind, words in (("prohibit", "Permission denied"), ("unreachable", "Network is unreachable")):
            with self.subTest(kind):
                self.setUp()
                rule = ("to", door.address6, "ipproto", "tcp", "dport", "22", kind)
                door.client.run("ip", "-6", "rule", "add", *rule)
                try:
                    proxy = self.proxy(NAME, "-vv", addresses=(door.address, door.address6))
                    self.assertEqual(b"over IPv4", proxy.stdout.read(9), proxy.errors())
                finally:
                    door.client.run("ip", "-6", "rule", "del", *rule)
                self.assertIn(f"attempt 1 to connect to [{door.address6}]:22: {words}", proxy.errors())
                # One more where this machine was held up meanwhile.
                self.assertIn(self.attempts(proxy).index(f"{door.address}:22"), (1, 2), proxy.errors())

    def test_of_several_connections_that_stand_the_one_that_was_started_first_is_taken(self):
        """A client that was held up finds them all at once."""
        door = self.door
        door.server.kill("spad-worker", signal.SIGSTOP)
        self.addCleanup(door.server.kill, "spad-worker", signal.SIGCONT)
        proxy = self.proxy(NAME, "-vv", addresses=(door.address, door.address6))
        until(lambda: f"{door.address}:22" in self.attempts(proxy), 5, proxy.errors)
        proxy.process.send_signal(signal.SIGSTOP)
        for firewall in (door.firewall, door.firewall6):
            rule = ("INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT")
            firewall.iptables("-I", *rule)
            self.addCleanup(firewall.iptables, "-D", *rule)
        # The kernel goes on knocking for it.
        until(lambda: len(self.standing()) >= len(self.attempts(proxy)), 10, self.standing)
        proxy.process.send_signal(signal.SIGCONT)
        self.assertEqual(b"over IPv6", proxy.stdout.read(9), proxy.errors())
        self.assertRegex(proxy.errors(), rf"connected to \[{door.address6}\]:22 with attempt 1,")

    def standing(self):
        return self.door.client.run("ss", "-Htn", "state", "established", "dport = :22").stdout.splitlines()

    def test_an_address_of_one_family_leaves_the_other_out(self):
        proxy = self.proxy(NAME, "-v", addresses=(self.door.address, self.door.address6),
                           ALLOW_IP=self.door.client_address)
        self.assertEqual(b"over IPv4", proxy.stdout.read(9), proxy.errors())
        self.assertEqual([], self.door.grants(self.door.client_address6))

    def test_a_knock_over_ipv4_opens_a_connection_over_ipv6(self):
        proxy = self.proxy(self.door.address6, server=self.door.address)
        self.assertEqual(b"over IPv6", proxy.stdout.read(9), proxy.errors())

    def test_at_a_stock_server_only_ipv4_is_used(self):
        proxy = self.proxy(NAME, "-v", addresses=(self.door.address, self.door.address6), SERVER_KIND="fwknop")
        self.assertEqual(b"over IPv4", proxy.stdout.read(9), proxy.errors())
        self.assertIn("IPv4 alone, since SERVER_KIND is fwknop", proxy.errors())
        self.assertEqual([], self.door.grants(self.door.client_address6))

    def test_a_stock_server_with_ipv6_alone_is_out_of_reach(self):
        proxy = self.proxy(NAME, addresses=(self.door.address6,), SERVER_KIND="fwknop")
        self.assertEqual(67, proxy.wait(60))
        self.assertIn("no IPv4 address for", proxy.errors())
        self.assertIn("SERVER_KIND", proxy.errors())


del FamiliesCase

if __name__ == "__main__":
    unittest.main()
