"""The address that the client asks for, told by a page, a resolver, a program or an interface."""

import os
import shutil
import subprocess

from harness import clients
from harness.certificates import Authority
from harness.door import Door, DoorCase
from harness.services import Coturn
from harness.tellers import Page, Resolver, WebProxy, http, stun_reply, Stun
from harness.namespaces import wire
from harness.topologies import BehindNat

NOBODY = "203.0.113.77"


class Tellers(DoorCase):
    """A client behind a router, a page and a resolver in the Internet. Each test starts without a memory."""

    @classmethod
    def make_door(cls):
        door = Door(topology=BehindNat)
        cls.world, cls.there = door.world, door.world.INTERNET
        cls.authority = Authority(door.folder)
        cls.page = door.own(Page(cls.world.internet, 443, cls.authority.issue(cls.there, "page.test")))
        cls.plain = door.own(Page(cls.world.internet, 80))
        cls.resolver = door.own(Resolver(cls.world.internet))
        door.service(22, lambda connection: connection.sendall(b"welcome"))
        return door

    def setUp(self):
        self.door.shut()
        for teller in (self.page, self.plain):
            teller.requests.clear()

    def login(self, wrap=(), variables=None, **rc):
        """The words of `-v` of a login that works."""
        proxy = self.door.own(clients.Proxy(
            self.door.client, self.door.folder, self.door.rc(ADDRESS_CACHE=0, **rc), self.door.address, 22, "-v",
            wrap=wrap, variables={name: value for name, value in
                                  {"SSL_CERT_FILE": self.authority.path, **(variables or {})}.items() if value}))
        self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())
        proxy.stdin.close()
        self.assertEqual(0, proxy.wait(), proxy.errors())
        return proxy.errors()

    def opens(self, **rc):
        """Logs in, and the first knock was right: it asked for the public address alone."""
        words = self.login(**rc)
        self.assertIn(f"62201 for {self.world.PUBLIC}\n", words)
        return words


class Sources(Tellers):
    def opens(self, **rc):
        """The source has all the time that it takes: nothing else is asked for meanwhile."""
        return super().opens(**{"SOURCE_FALLBACK": "N", **rc})

    def test_a_page_over_https(self):
        words = self.opens(RESOLVE_URL=f"https://{self.there}/ip")
        self.assertIn(f"https://{self.there}/ip: {self.world.PUBLIC}", words)
        self.assertTrue(self.page.requests[0].startswith(b"GET /ip HTTP/1.1\r\n"))

    def test_a_page_by_its_name(self):
        hosts = self.door.folder.write("hosts", f"{self.there} page.test\n", 0o644)
        script = f'mount --bind {hosts} /etc/hosts && exec "$@"'
        self.opens(RESOLVE_URL="https://page.test", wrap=("unshare", "-m", "sh", "-c", script, "sh"))
        self.assertIn(b"\r\nHost: page.test\r\n", self.page.requests[0])
        self.assertEqual("page.test", self.page.names[-1])

    def test_a_plain_page_where_the_url_says_so(self):
        self.opens(RESOLVE_URL=f"http://{self.there}/")
        self.assertEqual([], self.page.requests)

    def test_a_resolver_in_each_of_its_three_forms(self):
        for kind in ("A", "TXT", "CH-TXT"):
            with self.subTest(kind):
                self.door.shut()
                self.opens(ADDRESS_DNS=f"whoami.test/{kind}@{self.there}")
        ports = {peer[1] for _, peer in self.resolver.asked}
        identities = {data[:2] for data, _ in self.resolver.asked}
        # Of three that are drawn by lot, two may be the same.
        self.assertGreater(min(len(ports), len(identities)), 1, "a forger could know them")

    def test_a_program(self):
        program = self.door.folder.write("tell", f"#!/bin/sh\necho noise >&2\necho $1\n", 0o700)
        self.opens(ADDRESS_COMMAND=f"{program} {self.world.PUBLIC}")

    def test_a_program_where_the_caller_ignores_the_ends_of_children(self):
        self.opens(wrap=("env", "--ignore-signal=CHLD"), ADDRESS_COMMAND=f"echo {self.world.PUBLIC}")

    def test_a_program_by_its_name_with_quotes(self):
        words = self.opens(ADDRESS_COMMAND=f"printf '%s\\n' \"{self.world.PUBLIC}\"")
        self.assertIn(f"command printf: {self.world.PUBLIC}", words)

    def test_a_line_for_the_shell(self):
        self.opens(ADDRESS_COMMAND=f"| echo {self.world.PUBLIC}; echo more # of it")

    def test_what_a_program_prints_is_no_shells_to_read(self):
        mark = self.door.folder.join("mark")
        self.login(ADDRESS_COMMAND=f"/bin/echo {self.world.PUBLIC};touch {mark}", ADDRESS_SOURCES="command")
        self.assertFalse(os.path.exists(mark))

    def test_an_option_names_the_page(self):
        page = self.door.own(Page(self.world.internet, 8088))
        clients.spa_knock(self.door.client, self.door.folder, self.door.rc(), "-A", "tcp/22", "-D", self.door.address,
                          "--resolve-url", f"http://{self.there}:8088/ip", "--resolve-http-only")
        self.door.wait_grant(self.world.PUBLIC)
        self.assertIn(b"GET /ip HTTP/1.1", page.requests[0])
        page.close()

    def test_an_interface(self):
        rc = self.door.rc(ALLOW_IP="interface:veth0")
        clients.spa_knock(self.door.client, self.door.folder, rc, "-A", "tcp/22", "-D", self.door.address)
        self.door.wait_grant(self.world.CLIENT)

    def test_an_interface_that_is_not_there_is_named(self):
        rc = self.door.rc(ALLOW_IP="interface:wg7")
        done = clients.spa_knock(self.door.client, self.door.folder, rc, "-A", "tcp/22", "-D", self.door.address,
                                 check=False)
        self.assertEqual(68, done.returncode)
        self.assertIn("interface wg7", done.stderr)

    def test_a_folder_of_authorities_by_their_hashes(self):
        folder = self.door.folder.join("authorities")
        os.makedirs(folder, exist_ok=True)
        shutil.copy(self.authority.path, os.path.join(folder, "one.pem"))
        subprocess.run(["openssl", "rehash", folder], check=True, capture_output=True, timeout=60)
        self.opens(RESOLVE_URL=f"https://{self.there}/", variables={"SSL_CERT_FILE": "/none", "SSL_CERT_DIR": folder})
        # The folder alone, without the one large file.
        self.door.shut()
        self.opens(RESOLVE_URL=f"https://{self.there}/", variables={"SSL_CERT_FILE": None, "SSL_CERT_DIR": folder})

    def test_a_source_that_is_reached_another_way_is_not_asked(self):
        """A second line to the Internet, with another address: what is seen of it is not what the server sees."""
        wire(self.door.client, "second", self.world.internet, "third")
        self.addCleanup(self.door.client.run, "ip", "link", "del", "second")
        self.door.client.run("ip", "addr", "add", "192.0.2.2/24", "dev", "second")
        self.world.internet.run("ip", "addr", "add", "192.0.2.1/24", "dev", "third")
        self.door.client.run("ip", "route", "add", f"{self.there}/32", "via", "192.0.2.1", "src", "192.0.2.2")
        before = len(self.resolver.asked)
        words = self.login(ADDRESS_DNS=f"whoami.test/A@{self.there}")
        self.assertIn("is reached another way than the server", words)
        self.assertNotIn("192.0.2.2", words)
        self.assertEqual(before, len(self.resolver.asked))

    def test_naming_a_source_asks_no_other(self):
        asked = []
        stun = self.door.own(Stun(self.world.internet, 3478, lambda request, peer: asked.append(peer) or []))
        self.opens(RESOLVE_URL=f"https://{self.there}/")
        stun.close()
        self.assertEqual([], asked)


class Proxies(Tellers):
    @classmethod
    def make_door(cls):
        door = super().make_door()
        cls.proxy = door.own(WebProxy(door.world.router))
        return door

    def setUp(self):
        super().setUp()
        self.proxy.requests.clear()
        self.url = f"https://{self.there}/"

    def test_a_proxy_of_the_environment_is_used(self):
        for name in ("https_proxy", "HTTPS_PROXY"):
            with self.subTest(name):
                self.door.shut()
                self.opens(RESOLVE_URL=self.url, variables={name: "http://me:se%3acret@10.77.0.1:3128/"})
                request = self.proxy.requests.pop()
                self.assertTrue(request.startswith(f"CONNECT {self.there}:443 HTTP/1.1\r\n".encode()), request)
                self.assertIn(b"\r\nProxy-Authorization: Basic bWU6c2U6Y3JldA==\r\n", request)

    def test_an_exception_of_the_environment_goes_around_it(self):
        self.opens(RESOLVE_URL=self.url, variables={"https_proxy": "10.77.0.1:3128", "no_proxy": "example.org,198.51.100.0/24"})
        self.assertEqual([], self.proxy.requests)

    def test_a_proxy_that_refuses_or_cannot_be_used_is_not_gone_around(self):
        refusing = self.door.own(WebProxy(self.world.router, 3129, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 9999\r\n\r\n"))
        for proxy, words in (("http://10.77.0.1:3129", "refuses with status 403"),
                             ("socks5://10.77.0.1:3128", "is not http://host:port"),
                             ("http://10.77.0.1:9", "Connection refused")):
            with self.subTest(proxy):
                rc = self.door.rc(RESOLVE_URL=self.url)
                done = self.door.own(clients.Proxy(self.door.client, self.door.folder, rc, self.door.address, 22, "-v",
                                                   variables={"https_proxy": proxy, "SSL_CERT_FILE": self.authority.path}))
                self.assertEqual(68, done.wait(), done.errors())
                self.assertIn(words, done.errors())
        self.assertEqual(1, len(refusing.requests))
        self.assertEqual([], self.page.requests)


class Race(Tellers):
    @classmethod
    def make_door(cls):
        door = super().make_door()
        door.own(Coturn(door.world.internet, door.folder, door.world.INTERNET, door.client, 3479))
        return door

    def test_a_page_answers_where_the_stun_server_is_dead(self):
        words = self.opens(STUN_SERVER=f"{NOBODY}:3478", RESOLVE_URL=f"https://{self.there}/")
        self.assertIn("https://", words)

    def test_a_stun_server_answers_where_the_page_is_dead(self):
        self.opens(STUN_SERVER=f"{self.there}:3479", RESOLVE_URL=f"https://{NOBODY}/", ADDRESS_SOURCES="https,stun")

    def test_all_dead_leaves_the_packets_source(self):
        words = self.login(STUN_SERVER=f"{NOBODY}:3478", ADDRESS_DNS=f"whoami.test/A@{NOBODY}")
        self.assertIn("62201 for 0.0.0.0\n", words)

    def test_nobody_is_asked_where_that_is_written(self):
        self.assertIn("62201 for 0.0.0.0\n", self.login(ADDRESS_SOURCES="none"))

    def test_a_name_that_is_looked_up_for_long_holds_nobody_up(self):
        """The resolver of this name server never answers."""
        silent = self.door.own(Resolver(self.world.internet, 5300, lambda query, peer: []))
        conf = self.door.folder.write("resolv.conf", f"nameserver {NOBODY}\n", 0o644)
        script = f'mount --bind {conf} /etc/resolv.conf && exec "$@"'
        self.opens(STUN_SERVER=f"stun.test:3478,{self.there}:3479", wrap=("unshare", "-m", "sh", "-c", script, "sh"))
        silent.close()

    def test_a_wrong_address_that_comes_first_is_put_right(self):
        """Somebody lies, and nothing opens; the packet's source does."""
        liar = self.door.own(Stun(self.world.internet, 3480, lambda request, peer: [stun_reply(request, "192.0.2.99")]))
        words = self.login(STUN_SERVER=f"{self.there}:3480")
        self.assertIn("62201 for 192.0.2.99\n", words)
        self.assertIn("62201 for 192.0.2.99, 0.0.0.0\n", words)
        liar.close()

    def test_the_packets_source_is_not_asked_for_where_that_is_forbidden(self):
        liar = self.door.own(Stun(self.world.internet, 3480, lambda request, peer: [stun_reply(request, "192.0.2.98")]))
        for more in ({"SOURCE_FALLBACK": "N"}, {"ALLOW_IP": "resolve"}):
            with self.subTest(more):
                rc = self.door.rc(STUN_SERVER=f"{self.there}:3480", CONNECT_TIMEOUT=3, ADDRESS_CACHE=0, **more)
                proxy = self.door.own(clients.Proxy(self.door.client, self.door.folder, rc, self.door.address, 22, "-v"))
                self.assertEqual(70, proxy.wait(), proxy.errors())
                self.assertNotIn("0.0.0.0", proxy.errors())
        liar.close()
