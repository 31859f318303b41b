"""Names: each family is looked up on its own, and what does not come holds nobody up.

A lookup that gets no answer lasts longer than the logins here may take (CONNECT_TIMEOUT): who waits for it fails."""

import os
import signal
import time

from harness import clients
from harness.door import DoorCase
from harness.door6 import Door6
from harness.names import A, AAAA, SERVFAIL, SILENT, NameServer, children, is_gone
from harness.waiting import until

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


class Families(NamesCase):
    def test_ipv4_does_not_wait_for_an_answer_about_ipv6(self):
        self.know(v4=SILENT, v6=SILENT)
        proxy = self.proxy("-vv")
        self.tell_once_asked(NAME, "IPv4")
        self.assertEqual(b"over IPv4", proxy.stdout.read(9), proxy.errors())
        self.assertNotIn("[2001:", proxy.errors())

    def test_ipv6_does_not_wait_for_an_answer_about_ipv4(self):
        self.know(v4=SILENT, v6=SILENT)
        proxy = self.proxy("-vv")
        self.tell_once_asked(NAME, "IPv6")
        self.assertEqual(b"over IPv6", proxy.stdout.read(9), proxy.errors())

    def test_a_family_whose_lookup_fails_leaves_the_other_alone(self):
        for over, answers in (("IPv4", {"v6": SERVFAIL}), ("IPv6", {"v4": SERVFAIL}), ("IPv4", {"v6": []}),
                              ("IPv6", {"v4": []})):
            with self.subTest(answers):
                self.setUp()
                self.know(**{"v4": SILENT, "v6": SILENT, **answers})
                proxy = self.proxy("-vv")
                words = f"{NAME} has no IPv{'6' if over == 'IPv4' else '4'} address: "
                until(lambda: words in proxy.errors(), 5, proxy.errors)
                self.tell_once_asked(NAME, over)
                self.assertEqual(f"over {over}".encode(), proxy.stdout.read(9), proxy.errors())

    def test_the_name_that_is_knocked_at_is_looked_up_in_the_same_way(self):
        for over, answers in (("IPv4", {"v6": SILENT}), ("IPv6", {"v4": SILENT}), ("IPv4", {"v6": SERVFAIL}),
                              ("IPv6", {"v4": SERVFAIL})):
            with self.subTest(answers):
                self.setUp()
                self.know(OTHER, **{"v4": SILENT, "v6": SILENT, **answers})
                # The host in the family that its knock can come by.
                self.know(**({"v4": SILENT, "v6": []} if over == "IPv4" else {"v4": [], "v6": SILENT}))
                proxy = self.proxy("-vv", server=OTHER)
                self.tell_once_asked(OTHER, over)
                self.tell_once_asked(NAME, over)
                self.assertEqual(f"over {over}".encode(), proxy.stdout.read(9), proxy.errors())

    def test_a_family_without_a_route_waits_for_the_other(self):
        self.know(v4=SILENT, v6=["2001:db9::1"])
        proxy = self.proxy("-vv", ALLOW_IP="source")
        until(lambda: "the knock by udp to [2001:db9::1]:62201: Network is unreachable" in proxy.errors(), 4, proxy.errors)
        self.names.speak(NAME, A, [self.door.address])
        self.assertEqual(b"over IPv4", proxy.stdout.read(9), proxy.errors())

    def test_a_family_without_a_route_fails_once_the_other_has(self):
        self.know(v4=SILENT, v6=["2001:db9::1"])
        proxy = self.proxy("-vv", ALLOW_IP="source", CONNECT_TIMEOUT=60)
        until(lambda: "Network is unreachable" in proxy.errors(), 4, proxy.errors)
        self.names.speak(NAME, A, SERVFAIL)
        self.assertEqual(69, proxy.wait(), proxy.errors())
        self.assertIn("the knock could not be sent by udp to [2001:db9::1]:62201", proxy.errors())

    def test_addresses_that_come_later_join_the_race(self):
        self.know(v4=["203.0.113.77"], v6=SILENT)
        proxy = self.proxy("-vv")
        until(lambda: "knock 1 sent" in proxy.errors(), 4, proxy.errors)
        self.names.speak(NAME, AAAA, [self.door.address6])
        self.assertEqual(b"over IPv6", proxy.stdout.read(9), proxy.errors())
        # A packet for what is new, and no other.
        self.assertIn(f"to [{self.door.address6}]:62201 for {self.door.client_address6}\n", proxy.errors())

    def test_a_stock_server_is_looked_up_in_ipv4_alone(self):
        self.know()
        proxy = self.opens("IPv4", SERVER_KIND="fwknop")
        self.assertIn("IPv4 alone, since SERVER_KIND is fwknop", proxy.errors())
        self.assertEqual({(NAME, A)}, set(self.names.questions()))

    def test_without_an_ipv6_address_of_ours_nobody_asks_for_one(self):
        self.know(v6=SILENT)
        self.door.client.run("ip", "-6", "addr", "flush", "dev", "veth0")
        self.addCleanup(self.door.client.run, "ip", "-6", "addr", "add", f"{self.door.client_address6}/64", "dev",
                        "veth0", "nodad")
        self.opens("IPv4")
        self.assertEqual({(NAME, A)}, set(self.names.questions()))

    def test_a_single_knock_goes_over_both_families_or_over_the_one_that_answers(self):
        self.know()
        self.knock()
        self.wait_granted(self.door.client_address6)
        self.wait_granted(self.door.client_address)
        self.setUp()
        self.know(v6=SILENT)
        self.knock()
        self.wait_granted(self.door.client_address)


class Pinned(NamesCase):
    """Names that /etc/hosts has: nobody else has a say about them, and nobody learns of them."""

    def test_a_name_that_is_pinned_in_one_family_has_none_of_the_other(self):
        for over, address in (("IPv4", self.door.address), ("IPv6", self.door.address6)):
            with self.subTest(over):
                self.setUp()
                self.know()
                self.names.local = f"{address} {NAME}\n"
                self.opens(over)
                self.assertEqual([], self.names.questions())

    def test_both_families_may_be_pinned(self):
        self.names.local = f"{self.door.address} {NAME}\n{self.door.address6} {NAME}\n"
        self.opens("IPv6")
        self.assertEqual([], self.names.questions())

    def test_a_single_knock_goes_where_the_name_is_pinned_to(self):
        self.know(v6=SILENT)
        self.names.local = f"{self.door.address} {NAME}\n"
        self.knock()
        self.wait_granted(self.door.client_address)
        self.assertEqual([], self.names.questions())

    def test_of_other_names_the_name_server_is_asked(self):
        self.know(v4=SILENT, v6=SILENT)
        self.names.local = f"203.0.113.77 other.{NAME}\n"
        proxy = self.proxy("-vv")
        self.tell_once_asked(NAME, "IPv6")
        self.assertEqual(b"over IPv6", proxy.stdout.read(9), proxy.errors())


class Waits(NamesCase):
    """While the other family's answer is still to come."""

    def seconds(self, proxy):
        """The processor time of a proxy that has come to its end, and its exit status."""
        _, status, usage = os.wait4(proxy.process.pid, 0)
        proxy.process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_utime + usage.ru_stime, proxy.process.returncode

    def test_cost_no_processor_time(self):
        for purpose, more in (("a door that stays shut", {}), ("our address", {
                "ALLOW_IP": "resolve", "ADDRESS_SOURCES": "command", "ADDRESS_COMMAND": "sleep 60"})):
            with self.subTest(purpose):
                self.setUp()
                self.know(v4=["203.0.113.77"], v6=SILENT)
                proxy = self.proxy("-v", CONNECT_TIMEOUT=4, **more)
                seconds, status = self.seconds(proxy)
                self.assertIn(status, (68, 70, 71), proxy.errors())
                # It takes some hundredths; asking again and again, most of the four that pass.
                self.assertLess(seconds, 0.4)

    def test_for_our_address_are_no_waits_for_a_name(self):
        self.know(v4=["203.0.113.77"], v6=SILENT)
        proxy = self.proxy(ALLOW_IP="resolve", ADDRESS_SOURCES="command", ADDRESS_COMMAND="false", SOURCE_FALLBACK="N",
                           CONNECT_TIMEOUT=4)
        self.assertEqual(68, proxy.wait(), proxy.errors())

    def remember(self, address):
        """As if an earlier run had been told so."""
        folder = self.door.folder.join(".cache", "sallyport")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        now = int(time.time())
        with open(os.open(os.path.join(folder, "addresses"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f"sallyport addresses 1\n{address} stun {now} {now} veth0 - {self.door.client_address} -\n")

    def test_a_remembered_address_is_doubted_from_its_own_first_knock_on(self):
        """IPv4 comes after the first knock; what is remembered about it is wrong. It is not kept until the next round."""
        self.remember("198.51.100.77")
        self.know(v4=SILENT, v6=[f"{self.door.address6.rpartition(':')[0]}:77"])
        proxy = self.proxy("-v", ALLOW_IP="resolve", ADDRESS_SOURCES="command,stun", STUN_SERVER=f"{self.door.address}:3478",
                           ADDRESS_COMMAND=f"echo {self.door.client_address}")
        until(lambda: "knock 1 sent" in proxy.errors(), 4, proxy.errors)
        self.names.speak(NAME, A, [self.door.address])
        self.assertEqual(b"over IPv4", proxy.stdout.read(9), proxy.errors())
        self.assertIn("for 198.51.100.77\n", proxy.errors())
        self.assertNotIn("forgets the cached address", proxy.errors())

    def test_the_way_of_the_packets_decides_about_our_address_whichever_answer_is_first(self):
        """The host is on our network, the server that is knocked at is not: what it sees is our public address."""
        self.door.client.run("ip", "route", "add", "192.0.2.99", "via", self.door.address)
        self.addCleanup(self.door.client.run, "ip", "route", "del", "192.0.2.99")
        self.know(v4=["203.0.113.77"], v6=[])
        self.know(OTHER, v4=SILENT)
        proxy = self.proxy("-v", server=OTHER, SOURCE_FALLBACK="N", ADDRESS_SOURCES="command",
                           ADDRESS_COMMAND="echo 198.51.100.9")
        until(lambda: f"to [{self.door.address6}]:62201 for {self.door.client_address}\n" in proxy.errors(), 4, proxy.errors)
        self.names.speak(OTHER, A, ["192.0.2.99"])
        until(lambda: "192.0.2.99:62201 for 198.51.100.9\n" in proxy.errors(), 4, proxy.errors)
        proxy.close()


class Ends(NamesCase):
    """What is left of lookups."""

    def looking(self, proxy):
        """The processes that look up names, once both do."""
        until(lambda: len(self.names.asked) >= 2 and len(children(proxy.process.pid)) == 2, 5, proxy.errors)
        return children(proxy.process.pid)

    def test_none_is_left_once_a_connection_stands(self):
        self.know(v4=SILENT, v6=SILENT)
        proxy = self.proxy()
        lookups = self.looking(proxy)
        self.names.speak(NAME, A, [self.door.address])
        self.assertEqual(b"over IPv4", proxy.stdout.read(9), proxy.errors())
        until(lambda: not children(proxy.process.pid) and all(map(is_gone, lookups)), 5, "the end of the lookups")
        self.assertIsNone(proxy.process.poll())

    def test_ctrl_c_ends_all_of_it(self):
        self.know(v4=SILENT, v6=SILENT)
        proxy = self.proxy()
        lookups = self.looking(proxy)
        os.kill(proxy.process.pid, signal.SIGINT)
        self.assertEqual(-signal.SIGINT, proxy.wait(5))
        until(lambda: all(map(is_gone, lookups)), 5, "the end of the lookups")

    def test_the_deadline_is_written_into_the_log_file(self):
        self.know(v4=SILENT, v6=SILENT)
        log = self.door.folder.join("late.log")
        proxy = self.proxy("--log-file", log, CONNECT_TIMEOUT=1)
        self.assertEqual(72, proxy.wait(), proxy.errors())
        line = f"{NAME}: names were not looked up within 1 s; check the resolver and the network\n"
        self.assertEqual(f"spa-proxy: {line}", proxy.errors())
        with open(log) as file:
            self.assertTrue(file.read().endswith(line))

    def test_a_name_of_which_neither_family_is_known_is_a_failure_at_once(self):
        self.know(v4=[], v6=SERVFAIL)
        proxy = self.proxy(CONNECT_TIMEOUT=60)
        self.assertEqual(67, proxy.wait(30), proxy.errors())


del NamesCase
