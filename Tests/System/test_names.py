"""Names: each family is looked up on its own, and what does not come holds nobody up.

A lookup that gets no answer lasts longer than the logins here may take (CONNECT_TIMEOUT): who waits for it fails."""

import os
import signal

from harness.named import NAME, OTHER, NamesCase
from harness.names import A, AAAA, SERVFAIL, SILENT, children, is_gone
from harness.waiting import until


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
