"""How a packet gets to the server: SPA_SERVER_PROTO and -P."""

import socket
import unittest

from harness import clients
from harness.door import Door, DoorCase
from harness.door6 import Door6
from harness.servers import Fwknopd
from harness.syn import SYN
from harness.traffic import Sniffer


def carried(frames):
    """The packets to the knock port: (transport, flags of TCP, bytes of payload), of IPv4 and IPv6."""
    found = []
    for frame in frames:
        if frame[12:14] == b"\x08\x00":
            protocol, rest = frame[23], frame[14 + (frame[14] & 15) * 4:14 + int.from_bytes(frame[16:18], "big")]
        elif frame[12:14] == b"\x86\xdd":
            protocol, rest = frame[20], frame[54:]
        else:
            continue
        if rest[2:4] != (62201).to_bytes(2, "big"):
            continue
        if protocol == socket.IPPROTO_UDP:
            found.append(("udp", 0, len(rest) - 8))
        elif protocol == socket.IPPROTO_TCP:
            found.append(("tcp", rest[13], len(rest) - (rest[12] >> 4) * 4))
    return found


class ToOurs(DoorCase):
    weight = 2

    @classmethod
    def make_door(cls):
        door = Door6(lifetime=2).wait_ipv6()
        door.service(22, lambda connection: connection.sendall(b"welcome"))
        return door

    def setUp(self):
        self.door.wait_no_grant(self.door.client_address)
        self.door.wait_no_grant(self.door.client_address6)

    def knock(self, server, *options):
        rc, before = self.door.rc(SERVER_KIND="sallyport"), len(self.door.log())
        with Sniffer(self.door.client) as sniffer:
            clients.spa_knock(self.door.client, self.door.folder, rc, "-n", "myserver", "-A", "tcp/22", "-D", server,
                              *options)
            self.door.wait_granted(self.door.client_address6 if ":" in server else self.door.client_address, since=before)
            return carried(sniffer.sent())

    def test_a_syn_carries_the_packet_over_either_family(self):
        for server in (self.door.address, self.door.address6):
            with self.subTest(server):
                [(transport, flags, size)] = self.knock(server, "-P", "syn")
                self.assertEqual(("tcp", SYN), (transport, flags))
                self.assertGreaterEqual(size, 140)

    def test_auto_sends_both(self):
        self.assertEqual({"udp", "tcp"}, {transport for transport, _, _ in self.knock(self.door.address, "-P", "auto")})

    def test_a_login_needs_no_udp(self):
        with Sniffer(self.door.client) as sniffer:
            proxy = self.door.proxy(22, SERVER_KIND="sallyport", SPA_SERVER_PROTO="syn")
            self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())
            self.assertEqual({"tcp"}, {transport for transport, _, _ in carried(sniffer.sent())})

    def test_a_connection_to_spad_is_refused_in_words(self):
        done = clients.spa_knock(self.door.client, self.door.folder, self.door.rc(SERVER_KIND="sallyport"), "-n",
                                 "myserver", "-A", "tcp/22", "-P", "http", check=False)
        self.assertEqual(65, done.returncode)
        self.assertIn("spad listens to nobody", done.stderr)


class ToTheStockServer(DoorCase):
    weight = 2

    @classmethod
    def make_door(cls):
        door = Door(server=Fwknopd, ENABLE_TCP_SERVER="Y", ENABLE_SPA_OVER_HTTP="Y", PCAP_FILTER="tcp port 62201",
                    lifetime=2)
        door.firewall.iptables("-I", "INPUT", "-p", "tcp", "--dport", "62201", "-j", "ACCEPT")
        door.service(22, lambda connection: connection.sendall(b"welcome"))
        return door

    def opens(self, protocol):
        self.door.wait_no_grant(self.door.client_address, timeout=10)
        proxy = self.door.proxy(22, SPA_SERVER_PROTO=protocol)
        self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())

    def test_a_connection_carries_the_packet(self):
        self.opens("tcp")

    def test_a_request_for_a_page_carries_the_packet(self):
        self.opens("http")

    def test_a_syn_carries_the_packet(self):
        self.opens("syn")


class ToNobody(DoorCase):
    """Packets over a connection, where nothing takes such."""

    weight = 2

    @classmethod
    def make_door(cls):
        door = Door(lifetime=2)
        # Open to all, so that a login needs no knock.
        door.firewall.iptables("-A", "INPUT", "-p", "tcp", "--dport", "2222", "-j", "ACCEPT")
        door.service(2222, lambda connection: connection.sendall(b"welcome"))
        return door

    def proxy(self, port, *options, **more):
        door = self.door
        return door.own(clients.Proxy(door.client, door.folder, door.rc(**more), door.address, port, *options))

    def test_a_knock_port_that_is_silent_holds_up_no_attempt(self):
        for protocol in ("tcp", "http"):
            with self.subTest(protocol):
                proxy = self.proxy(2222, "-vv", SPA_SERVER_PROTO=protocol)
                self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())
                before, _, _ = proxy.errors().partition(": attempt 1 to connect to ")
                self.assertIn(f"knock 1 sent by {protocol}, ", before)
                self.assertNotIn("timed out", before)

    def test_a_knock_that_finds_no_connection_until_the_end_was_not_sent(self):
        proxy = self.proxy(22, SPA_SERVER_PROTO="tcp", CONNECT_TIMEOUT=1)
        self.assertEqual(69, proxy.wait(60), proxy.errors())
        self.assertIn(f"by tcp to {self.door.address}:62201: Connection timed out", proxy.errors())

    def test_a_refused_knock_ends_the_login_at_once(self):
        rule = ("INPUT", "-p", "tcp", "--dport", "62201", "-j", "REJECT", "--reject-with", "tcp-reset")
        self.door.firewall.iptables("-A", *rule)
        self.addCleanup(self.door.firewall.iptables, "-D", *rule)
        proxy = self.proxy(22, SPA_SERVER_PROTO="tcp", CONNECT_TIMEOUT=60)
        self.assertEqual(69, proxy.wait(60), proxy.errors())
        self.assertIn(f"by tcp to {self.door.address}:62201: Connection refused", proxy.errors())
        done = clients.spa_knock(self.door.client, self.door.folder, self.door.rc(), "-n", "myserver", "-A", "tcp/22", "-P",
                                 "tcp", check=False)
        self.assertEqual(69, done.returncode)
        self.assertIn("Connection refused", done.stderr)


if __name__ == "__main__":
    unittest.main()
