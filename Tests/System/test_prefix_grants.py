"""A stanza opens a prefix for people behind a carrier's NAT, and the first of them who connects has it for himself."""

import signal
import socket
import time

from harness.door import FreshDoorCase
from harness.namespaces import link_address
from harness.prefixes import NEIGHBOURS, NEIGHBOURS6, OUTSIDE, OUTSIDE6, PREFIX, PREFIX6, PrefixDoor
from harness.syn import ACK, SYN
from harness.waiting import until, until_clock

OWN = "203.0.113.2"
SEVEN, NINE, TEN = NEIGHBOURS
SEVEN6, NINE6 = NEIGHBOURS6


class PrefixCase(FreshDoorCase):
    def door(self, **options):
        door = PrefixDoor(**options)
        self.addCleanup(door.close)
        return door


class Prefixes(PrefixCase):
    weight = 6

    def test_a_connection_from_another_address_of_the_prefix_is_let_in_and_has_the_rest_for_itself(self):
        door = self.door(lifetime=8)
        service = door.service(22)
        self.assertFalse(door.lets_in(SEVEN))
        door.knock()
        grant = door.wait_grant(PREFIX)
        door.wait_said(rf"Added access rule to FWKNOP_INPUT for {PREFIX} -> 0.0.0.0/0 tcp/22, expires at"
                       rf" {grant.expires} \(stanza #1, .*, the prefix of {OWN}\)")
        self.assertFalse(door.lets_in(OUTSIDE))
        self.assertEqual([(PREFIX, 22)], door.sources(), "who is refused narrows nothing")
        tcp = door.connection(SEVEN)
        self.addCleanup(tcp.close)
        self.assertEqual(grant.expires, door.wait_narrowed(PREFIX, SEVEN))
        self.assertEqual([(SEVEN, 22)], door.sources())
        self.assertEqual(grant.expires, door.grants()[0].expires)
        door.must_let_in(SEVEN)
        for other in (OWN, NINE, OUTSIDE):
            self.assertFalse(door.lets_in(other), other)
        until_clock(grant.expires + 1)
        self.assertFalse(door.lets_in(SEVEN))
        door.server.daemon.wait_log(f"Removed rule {SEVEN}->tcp/22 from FWKNOP_INPUT with expire time of {grant.expires}", 5)
        self.assertEqual([], door.sources())
        self.assertNotIn(f"Removed rule {PREFIX}", door.log())
        tcp.sendall(b"still there")
        self.assertEqual({SEVEN}, {address for address, _ in service.accepted})

    def test_whoever_of_the_prefix_connects_first_wins_and_a_new_knock_opens_it_anew(self):
        door = self.door()
        door.service(22)
        door.knock()
        door.wait_grant(PREFIX)
        door.must_let_in(OWN)
        door.wait_narrowed(PREFIX, OWN)
        self.assertFalse(door.lets_in(SEVEN))
        until_clock(time.time() + 1)
        door.knock()
        door.wait_grant(PREFIX)
        door.must_let_in(SEVEN)
        door.wait_narrowed(PREFIX, SEVEN)
        self.assertEqual([(OWN, 22), (SEVEN, 22)], door.sources())
        self.assertFalse(door.lets_in(NINE))

    def test_a_login_whose_connections_leave_from_another_address_than_its_knock(self):
        door = self.door()
        service = door.service(22, lambda connection: connection.sendall(b"hello\n"))
        # What a carrier's router does, done by the client's own firewall.
        door.client.run("iptables", "-w", "-t", "nat", "-A", "POSTROUTING", "-p", "tcp", "-j", "SNAT", "--to-source", SEVEN)
        proxy = door.proxy(22, ALLOW_IP=OWN)
        self.assertEqual(b"hello\n", proxy.process.stdout.readline())
        door.wait_narrowed(PREFIX, SEVEN)
        self.assertEqual({SEVEN}, {address for address, _ in service.accepted})

    def test_a_connection_whose_handshake_is_completed_by_its_own_end_counts_as_well(self):
        door = self.door()
        service = door.service(22, lambda connection: connection.sendall(b"hello"))
        door.knock()
        door.wait_grant(PREFIX)
        with door.client.entered():
            tcp = socket.socket()
        self.addCleanup(tcp.close)
        # The last acknowledgement waits for something to go with, and the next thing is the end.
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
        tcp.bind((SEVEN, 0))
        tcp.connect((door.address, 22))
        tcp.shutdown(socket.SHUT_WR)
        self.assertEqual(b"hello", tcp.recv(5))
        door.wait_narrowed(PREFIX, SEVEN)
        self.assertEqual([(SEVEN, 22)], door.sources())
        self.assertEqual([SEVEN], [address for address, _ in service.accepted])

    def test_a_connection_that_nobody_followed_before_is_none_that_begins(self):
        """Where the prefix's own rule makes the kernel follow connections, it meets those that are there in their middle."""
        door = self.door(start=False)
        door.firewall.iptables("-F", "INPUT")
        for rule in (["-i", "lo"], ["-p", "tcp", "!", "--syn"]):
            door.firewall.iptables("-A", "INPUT", *rule, "-j", "ACCEPT")
        door.server.start()
        door.service(22, lambda connection: connection.recv(100))
        rule = ("INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT")
        door.firewall.iptables("-I", *rule)
        tcp = door.connection(TEN)
        self.addCleanup(tcp.close)
        door.firewall.iptables("-D", *rule)
        door.knock()
        door.wait_grant(PREFIX)
        tcp.sendall(b"more")
        tcp.shutdown(socket.SHUT_WR)
        self.assertEqual(b"", tcp.recv(10))
        # The next one is news, and the first.
        self.assertTrue(door.lets_in(SEVEN))
        door.wait_narrowed(PREFIX, SEVEN)
        self.assertNotIn(f"to {TEN}, which", door.log())

    def test_all_ports_of_one_knock_are_narrowed_by_the_first_connection(self):
        door = self.door()
        door.service(22), door.service(2222)
        door.knock(access="tcp/22,tcp/2222")
        for port in (22, 2222):
            door.wait_grant(PREFIX, port)
        door.must_let_in(SEVEN, 2222)
        for service in ("tcp/22", "tcp/2222"):
            door.wait_narrowed(PREFIX, SEVEN, service)
        self.assertEqual([(SEVEN, 22), (SEVEN, 2222)], door.sources())
        self.assertFalse(door.lets_in(NINE, 22))
        door.must_let_in(SEVEN, 22)

    def test_knocks_for_two_addresses_of_the_prefix_make_one_grant_with_the_later_end(self):
        door = self.door()
        door.service(22)
        door.knock()
        first = door.wait_grant(PREFIX)
        until_clock(first.expires - 28)
        door.knock(allow=TEN)
        until(lambda: [grant.expires for grant in door.grants() if grant.expires > first.expires], 5, "a later end")
        until(lambda: len(door.grants()) == 1, 5, lambda: f"one rule: {door.grants()}")
        door.wait_said(f"the prefix of {TEN}, extends an open grant")
        door.must_let_in(SEVEN)
        self.assertGreater(door.wait_narrowed(PREFIX, SEVEN), first.expires)

    def test_nothing_is_opened_beyond_what_source_admits(self):
        for source, opened, let_in, shut in (
            (f"{OWN},{NINE}", OWN, OWN, SEVEN),
            ("203.0.113.0/29, 203.0.113.8", "203.0.113.0/29", SEVEN, NINE),
            ("203.0.0.0/16", PREFIX, SEVEN, OUTSIDE),
        ):
            with self.subTest(source):
                door = self.door(lines={"SOURCE": source})
                door.service(22)
                door.knock()
                door.wait_grant(opened)
                self.assertFalse(door.lets_in(shut))
                door.must_let_in(let_in)
                until(lambda: door.sources() == [(let_in, 22)], 5, lambda: f"one address: {door.sources()}")
                door.close()

    def test_over_ipv6_it_is_a_prefix_of_64(self):
        door = self.door()
        door.service6(22)
        door.wait_ipv6()
        door.send6(door.sealed())
        door.wait_grant(PREFIX6)
        self.assertFalse(door.lets_in(OUTSIDE6))
        door.must_let_in(NINE6)
        door.wait_narrowed(PREFIX6, "2001:db8::9:0:0:9")
        self.assertFalse(door.lets_in(SEVEN6))
        door.must_let_in(NINE6)
        self.assertEqual([("2001:db8::9:0:0:9", 22)], door.sources())

    def test_connections_are_listened_to_while_a_prefix_is_open_and_only_then(self):
        door = self.door()
        door.service(22)
        self.assertFalse(door.listens())
        door.knock()
        door.wait_grant(PREFIX)
        self.assertTrue(door.listens())
        door.must_let_in(SEVEN)
        door.wait_narrowed(PREFIX, SEVEN)
        door.wait_deaf()

    def test_legacy_iptables_serves_as_well(self):
        door = self.door(firewall="iptables-legacy")
        door.service(22)
        door.knock()
        door.wait_grant(PREFIX)
        door.must_let_in(SEVEN)
        door.wait_narrowed(PREFIX, SEVEN)
        self.assertEqual([(SEVEN, 22)], door.sources())


    def test_it_works_where_no_other_rule_makes_the_kernel_follow_connections(self):
        door = self.door()
        door.firewall.iptables("-D", "INPUT", "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT")
        self.assertNotIn("conntrack", door.firewall.save())
        door.service(22)
        door.knock()
        door.wait_grant(PREFIX)
        door.must_let_in(SEVEN)
        door.wait_narrowed(PREFIX, SEVEN)
        door.must_let_in(SEVEN)
        self.assertFalse(door.lets_in(NINE))

    def test_nobody_but_who_connects_from_the_prefix_to_the_open_port_is_news(self):
        door = self.door()
        door.service(22), door.service(2222)
        for source, port in ((OUTSIDE, "22"), (OUTSIDE, "2222"), (NINE, "2222")):
            door.firewall.iptables("-I", "INPUT", "-s", source, "-p", "tcp", "--dport", port, "-j", "ACCEPT")
        door.knock()
        door.wait_grant(PREFIX)
        door.server.kill("spad-helper", signal.SIGSTOP)
        for _ in range(30):
            for source, port in ((OUTSIDE, 22), (OUTSIDE, 2222), (NINE, 2222)):
                door.must_let_in(source, port)
            door.forge("203.0.113.66", SYN)
        self.assertEqual(0, door.unheard())
        door.must_let_in(SEVEN)
        until(door.unheard, 5, "news for the helper")
        door.server.kill("spad-helper", signal.SIGCONT)
        door.wait_narrowed(PREFIX, SEVEN)


class WithoutTheOption(PrefixCase):
    def test_a_door_is_opened_for_one_address_by_the_same_rule_as_ever_and_nobody_listens(self):
        door = self.door(lines={"GRANT_PREFIX": None, "GRANT_PREFIX6": None})
        door.service(22), door.service6(22)
        door.wait_ipv6()
        door.knock()
        door.send6(door.sealed())
        rules = [door.wait_grant(OWN).rule, door.wait_grant("2001:db8::2").rule]
        for rule, source in zip(rules, (f"{OWN}/32", "2001:db8::2/128")):
            self.assertRegex(rule, rf"^-A FWKNOP_INPUT -s {source} -p tcp -m tcp --dport 22 -m time --datestart \S+ --datestop"
                                   r' \S+ -m comment --comment "?_exp_\d+"? -j ACCEPT$')
        self.assertFalse(door.listens())
        self.assertFalse(door.lets_in(SEVEN))
        self.assertFalse(door.lets_in(SEVEN6))
        door.must_let_in(OWN)
        self.assertNotIn("prefix", door.log())


class WhoCountsAsConnected(PrefixCase):
    weight = 2

    def test_a_forged_syn_and_a_guessed_acknowledgement_narrow_nothing(self):
        door = self.door()
        door.service(22)
        forged = "203.0.113.66"
        # What the server answers goes to a host that has no such address, and says nothing.
        door.host.run("ip", "neigh", "replace", forged, "lladdr", link_address(door.client, "veth0"), "dev", "veth0",
                      "nud", "permanent")
        door.knock()
        door.wait_grant(PREFIX)
        sniffer = door.sniffer()
        self.addCleanup(sniffer.close)
        door.forge(forged, SYN)
        until(lambda: [frame for frame in sniffer.heard() if frame[30:34] == socket.inet_aton(forged)], 5, "a SYN-ACK")
        for guess in (0, 1, 1 << 31):
            door.forge(forged, ACK, 2, guess)
        door.must_let_in(SEVEN)
        door.wait_narrowed(PREFIX, SEVEN)
        self.assertNotIn(forged, door.log())

    def test_over_udp_it_is_the_services_answer_that_counts(self):
        door = self.door(lines={"OPEN_PORTS": "udp/60000"})
        with door.host.entered():
            service = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(service.close)
        service.bind((door.address, 60000))
        service.settimeout(20)

        def datagram(source):
            with door.client.entered():
                udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.addCleanup(udp.close)
            udp.bind((source, 0))
            udp.settimeout(20)
            udp.sendto(b"hello", (door.address, 60000))
            return udp

        door.knock(access="udp/60000")
        door.wait_grant(PREFIX, 60000)
        datagram(NINE)
        self.assertEqual(NINE, service.recvfrom(10)[1][0])  # and no answer
        client = datagram(SEVEN)
        service.sendto(b"who is it", service.recvfrom(10)[1])
        self.assertEqual(b"who is it", client.recv(20))
        door.wait_narrowed(PREFIX, SEVEN, "udp/60000")
        self.assertEqual([(SEVEN, 60000)], door.sources())
        self.assertNotIn(f"to {NINE}", door.log())

    def test_the_end_of_an_older_connection_is_no_beginning(self):
        door = self.door()
        door.service(22)
        with door.host.entered(), open("/proc/sys/net/netfilter/nf_conntrack_events", "w") as file:
            file.write("1")  # the kernel tells of connections from before somebody listened, too
        door.knock()
        door.wait_grant(PREFIX)
        old = door.connection(SEVEN)
        door.wait_narrowed(PREFIX, SEVEN)
        until_clock(time.time() + 1)
        door.knock()
        door.wait_grant(PREFIX)
        old.close()
        until(lambda: "TIME_WAIT" in self.states(door) or "CLOSE" in self.states(door), 5, lambda: self.states(door))
        door.must_let_in(NINE)
        door.wait_narrowed(PREFIX, NINE)
        self.assertEqual(1, door.server.daemon.count(f"Narrowed rule .* to {SEVEN},"))

    @staticmethod
    def states(door):
        with door.host.entered(), open("/proc/thread-self/net/nf_conntrack") as file:
            return file.read()
