"""What goes on beside a lookup that is not over, and names that nobody has to be asked about."""

import os
import time

from harness import clients
from harness.named import NAME, OTHER, NamesCase
from harness.names import A, AAAA, SILENT, children
from harness.waiting import until


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
        # Nobody is at the other family's address.
        for over, addresses in (("IPv4", (self.door.address, "2001:db8::77")), ("IPv6", ("203.0.113.77", self.door.address6))):
            with self.subTest(over):
                self.setUp()
                self.names.local = "".join(f"{address} {NAME}\n" for address in addresses)
                self.opens(over)
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


    def test_the_cache_of_names_is_asked_where_there_is_one(self):
        self.know(v6=[])
        trace = self.door.folder.join("lookup.trace")
        self.door.client.run(*self.names.wrap(self.door.folder), "strace", "-f", "-e", "trace=connect", "-o", trace,
                             clients.needs.program("spa-knock"), "--rc-file", self.rc(), "-n", NAME, "-A", "tcp/22",
                             env=clients.environment(self.door.folder))
        with open(trace) as file:
            self.assertIn("nscd/socket", file.read())

    def test_the_ipv6_address_of_this_machine_stands_for_that_of_ipv4(self):
        """As the C library has it: `localhost` may be there as `::1` alone."""
        self.names.local = f"::1 {NAME}\n"
        proxy = self.proxy("-v", SERVER_KIND="fwknop", CONNECT_TIMEOUT=1)
        until(lambda: f"{NAME} is 127.0.0.1\n" in proxy.errors(), 4, proxy.errors)


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

    def test_an_address_of_the_server_that_comes_late_and_has_no_route_changes_nothing(self):
        """The host has an IPv6 address, and the server that is knocked at has one only when all is under way."""
        self.know(v4=[], v6=["2001:db8::77"])
        self.know(OTHER, v6=SILENT)
        proxy = self.proxy("-v", server=OTHER, CONNECT_TIMEOUT=3)
        until(lambda: f"to {self.door.address}:62201 for {self.door.client_address6}\n" in proxy.errors(), 4, proxy.errors)
        self.names.speak(OTHER, AAAA, ["2001:db9::1"])
        until(lambda: "IPv6 is left out" in proxy.errors(), 4, proxy.errors)
        self.assertEqual(70, proxy.wait(), proxy.errors())

    def test_a_program_that_is_no_longer_asked_is_ended(self):
        self.door.client.run("ip", "route", "add", "192.0.2.99", "via", self.door.address)
        self.addCleanup(self.door.client.run, "ip", "route", "del", "192.0.2.99")
        self.know(v4=["203.0.113.77"], v6=[])
        self.know(OTHER, v4=SILENT)
        proxy = self.proxy("-v", server=OTHER, ALLOW_IP="resolve", ADDRESS_SOURCES="command", ADDRESS_COMMAND="sleep 61",
                           CONNECT_TIMEOUT=20)
        programs = lambda: list(self.door.client.processes().values()).count("sleep")
        until(lambda: programs() == 1, 5, proxy.errors)
        self.names.speak(OTHER, A, ["192.0.2.99"])
        until(lambda: f"{OTHER} is 192.0.2.99" in proxy.errors(), 5, proxy.errors)
        until(lambda: programs() == 1 and len(children(proxy.process.pid)) == 1, 5, proxy.errors)
        proxy.close()


del NamesCase
