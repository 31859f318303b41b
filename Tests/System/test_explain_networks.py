"""`spa-proxy --explain` where something stands between client and server."""

from harness.certificates import Authority
from harness.clocks import TimeServer
from harness.door import Door
from harness.keys import Keys
from harness.services import Coturn
from harness.tellers import Page, Stun, stun_reply
from harness.topologies import BehindNat
from test_explain import ExplainCase

NOBODY = "203.0.113.77:3478"


class BehindFirewallsThatReject(ExplainCase):
    SHORT = 3

    @classmethod
    def make_door(cls):
        door = Door(lifetime=2)
        cls.time_server = door.address
        door.service(22)
        return door

    def setUp(self):
        self.door.wait_no_grant()

    def rejecting(self, kind):
        rule = ("INPUT", "-p", "tcp", "-j", "REJECT", "--reject-with", kind)
        self.door.firewall.iptables("-A", *rule)
        self.addCleanup(self.door.firewall.iptables, "-D", *rule)
        return self.explain(keys=Keys.new())

    def test_a_refusal_may_be_the_service_or_the_knock(self):
        for kind in ("tcp-reset", "icmp-port-unreachable"):
            with self.subTest(kind):
                explained = self.rejecting(kind)
                self.assertEqual(73, explained.status, explained.text)
                self.assert_step(explained, r"^203.0.113.1:22: \d+ attempts, \d+ times Connection refused$")
                self.assert_cause(explained, 1, "the service: ")
                self.assert_cause(explained, 2, "the keys: ")
                self.doCleanups()

    def test_an_answer_of_a_router_is_named(self):
        explained = self.rejecting("icmp-host-prohibited")
        self.assertEqual(70, explained.status)
        self.assertIn("No route to host", explained.verdict)
        self.assert_cause(explained, 1, "it answers No route to host instead of dropping")

    def test_a_door_that_rejects_opens_all_the_same(self):
        rule = ("INPUT", "-p", "tcp", "-j", "REJECT")
        self.door.firewall.iptables("-A", *rule)
        self.addCleanup(self.door.firewall.iptables, "-D", *rule)
        self.assertEqual(0, self.explain(CONNECT_TIMEOUT=self.LONG).status)


class BehindARouter(ExplainCase):
    SHORT = 3  # Somebody has to be asked for the address, and answers.

    @classmethod
    def make_door(cls):
        door = Door(topology=BehindNat, lifetime=2)
        door.own(Coturn(door.world.internet, door.folder, door.world.INTERNET, door.client))
        door.own(TimeServer(door.world.internet))
        cls.time_server = door.world.INTERNET
        cls.stun = f"{door.world.INTERNET}:3478"
        door.service(22)
        return door

    def setUp(self):
        self.door.wait_no_grant(self.door.world.PUBLIC)

    def test_an_address_that_a_second_source_sees_differently(self):
        explained = self.explain(ALLOW_IP="10.77.0.2", STUN_SERVER=self.stun)
        self.assertEqual(70, explained.status)
        self.assert_step(explained, r"^address: STUN 198.51.100.1:3478: 198.51.100.2, \d+ ms$")
        self.assert_cause(explained, 1, "open for 10.77.0.2", "198.51.100.1:3478 knows us as 198.51.100.2")

    def test_sources_that_see_us_differently(self):
        explained = self.explain(keys=Keys.new(), STUN_SERVER=self.stun, ADDRESS_COMMAND="echo 198.51.100.9")
        self.assertEqual(70, explained.status)
        for source, address in (("STUN 198.51.100.1:3478", self.door.world.PUBLIC), ("command echo", "198.51.100.9")):
            self.assert_step(explained, rf"^address: {source}: {address}, \d+ ms$")
        self.assert_cause(explained, 1, "STUN 198.51.100.1:3478", "as 198.51.100.2", "command echo", "as 198.51.100.9")

    def test_the_date_of_a_page_where_no_time_server_answers(self):
        authority = Authority(self.door.folder)
        certificate = authority.issue(self.door.world.INTERNET)
        self.door.own(Page(self.door.world.internet, 443, certificate))
        url = f"https://{self.door.world.INTERNET}/"
        explained = self.explain(keys=Keys.new(), RESOLVE_URL=url, NTP_SERVER=NOBODY,
                                 variables={"SSL_CERT_FILE": authority.path})
        self.assertEqual(70, explained.status)
        self.assert_step(explained, rf"^address: {url}: {self.door.world.PUBLIC}, \d+ ms$")
        self.assert_step(explained, rf"^our clock is \d+ days ahead of {url}$")
        self.assert_cause(explained, 1, "the clock: packets are dated ", f"ahead of the time of {url}")

    def test_a_page_and_a_time_server_that_differ(self):
        """The page lives in 1994, and the time server in our time: two of three clocks are right."""
        authority = Authority(self.door.folder)
        self.door.own(Page(self.door.world.internet, 8443, authority.issue(self.door.world.INTERNET)))
        url = f"https://{self.door.world.INTERNET}:8443/"
        explained = self.explain(keys=Keys.new(), RESOLVE_URL=url, variables={"SSL_CERT_FILE": authority.path})
        self.assert_step(explained, r"^our clock is 0\.\d+ s (ahead of|behind) 198.51.100.1:123$")
        self.assert_step(explained, rf"^our clock is \d+ days ahead of {url}$")
        self.assert_step(explained, rf"^198.51.100.1:123 and {url} differ by \d+ days: goes by 198.51.100.1:123, ")
        self.assert_cause(explained, 1, f"the clock: {url} is ", "days behind 198.51.100.1:123")
        self.assertFalse(any("packets are dated" in cause for cause in explained.causes), explained.text)

    def test_an_answer_that_is_not_believed_shows_that_udp_works(self):
        liar = self.door.own(Stun(self.door.world.internet, 3481, lambda request, peer: [stun_reply(request, "10.0.0.1")]))
        explained = self.explain(ALLOW_IP=self.door.world.PUBLIC, STUN_SERVER=f"{self.door.world.INTERNET}:3481",
                                 NTP_SERVER="203.0.113.77", CONNECT_TIMEOUT=self.LONG)
        self.assertEqual(0, explained.status, explained.text)
        self.door.wait_no_grant(self.door.world.PUBLIC)
        explained = self.explain(keys=Keys.new(), ALLOW_IP=self.door.world.PUBLIC, NTP_SERVER="203.0.113.77",
                                 STUN_SERVER=f"{self.door.world.INTERNET}:3481")
        self.assert_step(explained, "10.0.0.1 is an address of a private network")
        self.assertFalse(any("nobody answers over UDP" in cause for cause in explained.causes), explained.text)
        liar.close()

    def test_an_address_that_is_confirmed_is_no_cause(self):
        explained = self.explain(keys=Keys.new(), STUN_SERVER=self.stun)
        self.assertEqual(70, explained.status)
        self.assert_step(explained, "^asks for tcp/22 from 198.51.100.2, our public address$")
        self.assertFalse([cause for cause in explained.causes if "the allowed address" in cause], explained.text)
        self.assert_cause(explained, 1, "the keys: ")

    def test_a_network_without_udp(self):
        self.door.world.router.run("iptables", "-w", "-I", "FORWARD", "-p", "udp", "-j", "DROP")
        self.addCleanup(self.door.world.router.run, "iptables", "-w", "-D", "FORWARD", "-p", "udp", "-j", "DROP")
        explained = self.explain(ALLOW_IP=self.door.world.PUBLIC, STUN_SERVER=NOBODY)
        self.assertEqual(70, explained.status)
        self.assert_cause(explained, 1, "this network: nobody answers over UDP")

    def test_nobody_who_tells_our_address(self):
        explained = self.explain(STUN_SERVER=NOBODY, SOURCE_FALLBACK="N")
        self.assertEqual(68, explained.status)
        self.assert_cause(explained, 1, "the network: no source tells our address")
