"""An answer about the client's address that must not count, in every form: then there is no knock."""

import ssl
import struct
import threading

from harness import clients
from harness.certificates import Authority
from harness.door import Door, DoorCase
from harness.services import TcpServer
from harness.tellers import Datagrams, Page, dns_reply, http, stun_reply
from harness.topologies import BehindNat


class WrongAnswers(DoorCase):
    """Every teller of the stanza gives one wrong answer; the client says why, and sends nothing."""

    @classmethod
    def make_door(cls):
        door = Door(topology=BehindNat)
        cls.there = door.world.INTERNET
        cls.authority = Authority(door.folder)
        cls.certificate = cls.authority.issue(cls.there)
        return door

    def refused(self, reason, **rc):
        """One run that must end for want of an address."""
        door = self.door
        with self.subTest(reason):
            proxy = door.own(clients.Proxy(
                door.client, door.folder, door.rc(ALLOW_IP="resolve", ADDRESS_CACHE=0, **rc), door.address, 22, "-v",
                variables={"SSL_CERT_FILE": self.authority.path}))
            self.assertEqual(68, proxy.wait(20), proxy.errors())
            self.assertIn(reason, proxy.errors())
            self.assertNotIn("sent by udp", proxy.errors())

    def tearDown(self):
        """Nothing was granted to anybody: a good knock later, the only grants are those of good knocks."""
        self.door.good_knock_opens()
        self.assertEqual([], [each for each in self.door.grants() if not each.source.startswith("192.0.2.")])


class Pages(WrongAnswers):
    def page(self, reason, answer=None, certificate=None, context=None, url=None):
        page = Page(self.door.world.internet, 443, certificate or self.certificate, answer, context)
        try:
            self.refused(reason, RESOLVE_URL=url or f"https://{self.there}/")
        finally:
            page.close()
        return page

    def test_a_certificate_that_must_not_count(self):
        stranger = Authority(self.door.folder, "stranger")
        for reason, certificate in (
            ("unable to get local issuer certificate", stranger.issue(self.there)),
            ("IP address mismatch", self.authority.issue("198.51.100.9")),
            ("IP address mismatch", self.authority.issue("page.test")),
            ("certificate has expired", self.authority.issue(self.there, days=-1)),
        ):
            with self.subTest(reason):
                page = self.page(f"the certificate is not accepted: {reason}", certificate=certificate)
                self.assertEqual([], page.requests, "the page was asked all the same")

    def test_a_host_name_that_the_certificate_does_not_have(self):
        hosts = self.door.folder.write("hosts", f"{self.there} page.test\n", 0o644)
        script = f'mount --bind {hosts} /etc/hosts && exec "$@"'
        page = Page(self.door.world.internet, 443, self.authority.issue("other.test", "*.page.test", self.there))
        rc = self.door.rc(RESOLVE_URL="https://page.test/", ADDRESS_CACHE=0)
        proxy = self.door.own(clients.Proxy(
            self.door.client, self.door.folder, rc, self.door.address, 22, "-v",
            wrap=("unshare", "-m", "sh", "-c", script, "sh"), variables={"SSL_CERT_FILE": self.authority.path}))
        self.assertEqual(68, proxy.wait(20), proxy.errors())
        self.assertIn("hostname mismatch", proxy.errors())
        self.assertEqual([], page.requests)
        page.close()

    def test_a_version_of_tls_that_is_too_old(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        self.assertEqual([], self.page("TLS: ", context=context).requests)

    def test_an_answer_without_tls(self):
        page = TcpServer(self.door.world.internet, 443, lambda connection: connection.sendall(http("198.51.100.2")))
        self.refused("TLS: ", RESOLVE_URL=f"https://{self.there}/")
        page.close()

    def test_a_redirect_is_not_followed(self):
        plain = Page(self.door.world.internet, 80)
        self.page("it redirects", lambda *_: http("198.51.100.2", "302 Found", f"Location: http://{self.there}/"))
        plain.close()
        self.assertEqual([], plain.accepted)

    def test_an_answer_that_is_too_long(self):
        for answer in (
            http("198.51.100.2", "200 OK", "X-Long: " + "x" * 9000),
            http("198.51.100.2 " + "x" * 2000),
            b"HTTP/1.1 200 OK\r\n\r\n198.51.100.2 " + b"x" * 20000,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024 + b"\r\n1\r\nx\r\n",
        ):
            self.page("the answer is too long", lambda *_, answer=answer: answer)

    def test_an_answer_without_an_end_or_an_address(self):
        for reason, answer in (
            ("it refuses with status 404", http("198.51.100.2", "404 Not Found")),
            ("does not start with an IPv4 address", http("<html>198.51.100.2")),
            ("does not start with an IPv4 address", http("198.51.100.256")),
            ("does not start with an IPv4 address", http("198.51.100.2.3")),
            ("does not start with an IPv4 address", http("")),
            ("the answer is no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
            ("the answer is no HTTP", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1"),
            ("TLS: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n198.51.100.2\n"),
        ):
            self.page(reason, lambda *_, answer=answer: answer)

    def test_an_address_that_is_no_public_one(self):
        for address, reason in (
            ("10.1.2.3", "of a private network"), ("127.0.0.1", "a loopback address"),
            ("100.64.1.1", "inside a provider's network"), ("224.0.0.1", "a multicast address"),
            ("169.254.3.4", "a link-local address"), ("0.0.0.0", "no address of the Internet"),
        ):
            self.page(reason, lambda *_, address=address: http(address))

    def test_an_answer_that_does_not_come_or_drips(self):
        over = threading.Event()

        def drip(connection, _peer, _request):
            for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000:
                if over.wait(0.05):
                    return
                connection.sendall(bytes([byte]))

        try:
            self.page("no answer", lambda *_: over.wait(30) and None)
            self.page("no answer", drip)
        finally:
            over.set()


class Datagram(WrongAnswers):
    def resolver(self, reason, answer):
        teller = Datagrams(self.door.world.internet, 53, lambda query, peer: [answer(query)])
        try:
            self.refused(reason, ADDRESS_DNS=f"whoami.test/A@{self.there}")
        finally:
            teller.close()

    def test_a_resolvers_wrong_answers(self):
        good = "198.51.100.2"
        foreign = b"\x05other\x04test\x00\x00\x01\x00\x01"
        for reason, answer in (
            ("no answer", lambda query: dns_reply(query, good, identity=struct.unpack(">H", query[:2])[0] ^ 1)),
            ("no answer", lambda query: dns_reply(query, good, question=foreign)),
            ("no answer", lambda query: dns_reply(query, good)[:-1]),
            ("an answer without an address", lambda query: dns_reply(query, good, kind=16)),
            ("refuses with code 5", lambda query: dns_reply(query, good, code=5)),
            ("of a private network", lambda query: dns_reply(query, "192.168.1.5")),
        ):
            self.resolver(reason, answer)

    def test_a_stun_servers_wrong_answers(self):
        for reason, answer in (
            ("of a private network", lambda request: stun_reply(request, "192.168.1.5")),
            ("no answer", lambda request: stun_reply(request[:8] + b"x" * 12, "198.51.100.2")),
        ):
            teller = Datagrams(self.door.world.internet, 3478, lambda request, peer, answer=answer: [answer(request)])
            try:
                self.refused(reason, STUN_SERVER=f"{self.there}:3478")
            finally:
                teller.close()

    def test_an_answer_from_somebody_else_does_not_count(self):
        """The right words from another port than the one that was asked."""
        other = Datagrams(self.door.world.internet, 5353, lambda *_: [])
        teller = Datagrams(self.door.world.internet, 53,
                           lambda query, peer: other._socket.sendto(dns_reply(query, "198.51.100.2"), peer) and [])
        try:
            self.refused("no answer", ADDRESS_DNS=f"whoami.test/A@{self.there}")
        finally:
            teller.close()
            other.close()

    def test_a_programs_wrong_answers(self):
        for reason, line in (
            ("of a private network", "echo 10.0.0.1"), ("prints something else", "echo none"),
            ("prints something else", "true"), ("ended with an error", "echo 198.51.100.2; exit 3"),
            ("prints too much", "yes 198.51.100.2"), ("no answer", "sleep 60"),
        ):
            self.refused(reason, ADDRESS_COMMAND=f"| {line}")
