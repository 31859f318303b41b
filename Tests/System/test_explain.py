"""`spa-proxy --explain`: what is done, how it ended, and what may be wrong, the likeliest first."""

import re

from harness import clients
from harness.clocks import TimeServer
from harness.door import Door, DoorCase
from harness.keys import Keys, rc_section
from harness.waiting import until

CAUSES = re.compile(r"^  (\d+)\. (.*)$", re.MULTILINE)


class Explained:
    """What one run printed."""

    def __init__(self, done):
        self.status, self.text, self.errors = done.returncode, done.stdout, done.stderr
        self.verdict = re.search(r"^verdict: (.*)$", done.stdout, re.MULTILINE)[1]
        self.steps = re.findall(r"^ +[0-9]+\.[0-9]{3} ms  (.*)$", done.stdout, re.MULTILINE)
        found = CAUSES.findall(done.stdout)
        assert [int(number) for number, _ in found] == list(range(1, len(found) + 1)), done.stdout
        self.causes = [text for _, text in found]


class ExplainCase(DoorCase):
    # For those who wait for nothing, CONNECT_TIMEOUT. A door that shall open has `LONG`.
    SHORT, LONG = 1, 20

    def explain(self, port=22, host=None, rc=None, *, wrap=(), options=(), variables=None, **more):
        door = self.door
        rc = rc or door.rc(**{"CONNECT_TIMEOUT": self.SHORT, "NTP_SERVER": self.time_server, "ADDRESS_CACHE": 0, **more})
        command = [*wrap, *clients.proxy_command(rc, host or door.address, port, "--explain", *options)]
        environment = {**clients.environment(door.folder), **(variables or {})}
        explained = Explained(door.client.run(*command, check=False, input="", env=environment))
        self.assertEqual("", explained.errors)
        self.assertIn(f"(exit status {explained.status})", explained.verdict)
        return explained

    def assert_cause(self, explained, number, *words):
        """The cause of this number, from 1, holds the words."""
        self.assertGreaterEqual(len(explained.causes), number, explained.text)
        for word in words:
            self.assertIn(word, explained.causes[number - 1], explained.text)

    def assert_step(self, explained, pattern):
        self.assertTrue(any(re.search(pattern, step) for step in explained.steps), explained.text)


class OnOneCable(ExplainCase):
    """A door on the same network, with a clock to ask."""

    @classmethod
    def make_door(cls):
        door = Door(lifetime=2)
        door.firewall.iptables("-A", "INPUT", "-p", "udp", "--dport", "123", "-j", "ACCEPT")
        cls.clock = door.own(TimeServer(door.host))
        cls.time_server = door.address
        cls.service = door.service(22)
        return door

    def setUp(self):
        self.clock.offset = 0.0
        self.door.wait_no_grant()

    def test_a_door_that_opens_is_told_step_by_step(self):
        accepted = len(self.service.accepted)
        explained = self.explain(CONNECT_TIMEOUT=self.LONG)
        self.assertEqual((0, []), (explained.status, explained.causes), explained.text)
        self.assertRegex(explained.verdict, "the door opens: port 22 takes connections")
        for step, pattern in zip(explained.steps, (
                r"^rc file /.*/rc, stanza \[myserver\]$", "^encryption key from the rc file, HMAC key from the rc file$",
                "^asks for tcp/22 from 203.0.113.2, our address on the route to 203.0.113.1$",
                r"^knock 1 sent by udp, \d+ bytes, to 203.0.113.1:62201 for 203.0.113.2$",
                r"^connected to 203.0.113.1:22 with attempt \d+, \d+\.\d ms after the first knock$"), strict=True):
            self.assertRegex(step, pattern)
        until(lambda: len(self.service.accepted) == accepted + 1, 5, "one connection at the service")
        self.assertIn("nothing is carried", explained.text.splitlines()[0])
        self.assertNotIn(self.door.keys.encryption, explained.text)
        self.assertNotIn(self.door.keys.hmac, explained.text)

    def test_more_shows_each_attempt(self):
        explained = self.explain(2222, options=["-v"], CONNECT_TIMEOUT=4)
        self.assert_step(explained, "attempts, .*refused")
        self.assertFalse(any(step.startswith("attempt 1 ") for step in explained.steps))
        explained = self.explain(2222, options=["-vv"], CONNECT_TIMEOUT=4)
        self.assert_step(explained, r"^attempt \d+ to connect to 203.0.113.1:2222: Connection refused$")

    def test_a_wrong_encryption_key(self):
        explained = self.explain(keys=self.door.keys.replaced(encryption=Keys.new().encryption))
        self.assertEqual(70, explained.status)
        self.assertRegex(explained.verdict, "port 22 did not open within 1 s")
        self.assert_step(explained, r"^203.0.113.1:22: \d+ attempts, no answer to any$")
        self.assert_step(explained, r"^our clock is 0\.\d+ s (ahead of|behind) 203.0.113.1:123$")
        self.assert_cause(explained, 1, "the keys: KEY, HMAC_KEY")

    def test_a_wrong_hmac_key(self):
        explained = self.explain(keys=self.door.keys.replaced(hmac=Keys.new().hmac))
        self.assertEqual(70, explained.status)
        self.assert_cause(explained, 1, "the keys: KEY, HMAC_KEY")

    def test_no_hmac_key(self):
        rc = self.door.folder.write("nohmac.rc", f"[m]\nSPA_SERVER {self.door.address}\nCONNECT_TIMEOUT 1\n"
                                                 f"NTP_SERVER {self.door.address}\nKEY_BASE64 {self.door.keys.encryption}\n")
        explained = self.explain(rc=rc)
        self.assertEqual(70, explained.status)
        self.assert_cause(explained, 1, "the keys: there is no HMAC key")

    def test_packets_with_a_wrong_date(self):
        explained = self.explain(TIME_OFFSET="-4h")
        self.assertEqual(70, explained.status)
        self.assert_cause(explained, 1, "the clock: packets are dated ", " behind the time of 203.0.113.1:123",
                          "TIME_OFFSET of -14400 s included", "mend TIME_OFFSET")
        self.assertRegex(explained.causes[0], "dated (4 h 0 min|3 h 59 min) behind")

    def test_a_wrong_clock(self):
        self.clock.offset = 3630.0
        explained = self.explain(keys=Keys.new())
        self.assert_step(explained, "^our clock is 1 h 0 min behind 203.0.113.1:123$")
        self.assert_cause(explained, 1, "the clock: packets are dated 1 h 0 min behind the time of", "set the clock")
        self.assert_cause(explained, 2, "the keys: ")

    def test_a_wrong_clock_that_time_offset_mends_is_no_cause(self):
        self.clock.offset = 3600.0
        explained = self.explain(keys=Keys.new(), TIME_OFFSET="1h")
        self.assert_cause(explained, 1, "the keys: ")

    def test_a_clock_that_nobody_can_compare(self):
        explained = self.explain(keys=Keys.new(), NTP_SERVER=f"{self.door.address}:9")
        self.assert_step(explained, "^nobody tells the time: no answer from 203.0.113.1:9$")
        self.assertTrue(any("nobody told the time" in cause for cause in explained.causes), explained.text)

    def test_a_port_that_the_server_does_not_permit(self):
        explained = self.explain(2200)
        self.assertEqual(70, explained.status)
        self.assert_cause(explained, 2, "the rules: the server's stanza does not permit tcp/2200", "OPEN_PORTS")

    def test_a_service_that_is_down(self):
        explained = self.explain(2222, CONNECT_TIMEOUT=4)
        self.assertIn(explained.status, (71, 73))
        self.assert_step(explained, r"^203.0.113.1:2222: \d+ attempts, \d+ times Connection refused$")
        self.assert_cause(explained, 1, "the service: nothing takes connections on port 2222")

    def test_a_wrong_address_to_allow(self):
        explained = self.explain(ALLOW_IP="192.0.2.9")
        self.assertEqual(70, explained.status)
        self.assert_step(explained, "^asks for tcp/22 from 192.0.2.9, which ALLOW_IP or -a gives$")
        self.assert_cause(explained, 1, "the door was to open for 192.0.2.9",
                          "the route to 203.0.113.1 knows us as 203.0.113.2")

    def test_no_route(self):
        rc = self.door.folder.write("far.rc", rc_section("far", self.door.keys, ALLOW_IP="192.0.2.9",
                                                         SPA_SERVER="192.0.2.99", CONNECT_TIMEOUT=1))
        explained = self.explain(host="192.0.2.99", rc=rc)
        self.assertEqual(69, explained.status)
        self.assertIn("Network is unreachable", explained.verdict)
        self.assert_cause(explained, 1, "the network: there is no way to the server")

    def test_a_name_without_an_address(self):
        rc = self.door.folder.write("name.rc", rc_section("name.invalid", self.door.keys, CONNECT_TIMEOUT=1))
        explained = self.explain(host="name.invalid", rc=rc)
        self.assertEqual(67, explained.status)
        self.assertEqual(1, len(explained.causes))
        self.assert_cause(explained, 1, "the name: it has no address here")

    def test_a_refused_connection_for_the_knock(self):
        rule = ("INPUT", "-p", "tcp", "--dport", "62201", "-j", "REJECT", "--reject-with", "tcp-reset")
        self.door.firewall.iptables("-A", *rule)
        self.addCleanup(self.door.firewall.iptables, "-D", *rule)
        explained = self.explain(SPA_SERVER_PROTO="tcp")
        self.assertEqual(69, explained.status)
        self.assertIn("by tcp to 203.0.113.1:62201: Connection refused", explained.verdict)
        self.assertEqual(1, len(explained.causes), explained.text)
        self.assert_cause(explained, 1, "it went by tcp to port 62201 of 203.0.113.1: Connection refused", "SPA_SERVER_PROTO")

    def test_a_connection_for_the_knock_that_nobody_takes(self):
        explained = self.explain(SPA_SERVER_PROTO="http")
        self.assertEqual(69, explained.status)
        self.assert_cause(explained, 1, "it went by http to port 62201 of 203.0.113.1: Connection timed out")

    def test_the_ways_that_packets_went_are_named(self):
        for transport, way, words in (("syn", "by syn to", "a SYN with data"), ("auto", "by udp and syn to", "UDP or a SYN")):
            explained = self.explain(keys=Keys.new(), SERVER_KIND="sallyport", SPA_SERVER_PROTO=transport)
            self.assertEqual(70, explained.status)
            self.assertIn(way, explained.verdict)
            self.assertIn(words, explained.verdict)
            self.assertTrue(any("ENABLE_SYN_KNOCK" in cause for cause in explained.causes), explained.text)
            self.assertEqual(transport == "auto", any("UDP is blocked" in cause for cause in explained.causes), explained.text)

    def test_what_was_never_tried_has_a_verdict_alone(self):
        other = self.door.folder.write("other.rc", rc_section("elsewhere", self.door.keys))
        explained = self.explain(rc=other)
        self.assertEqual((66, [], []), (explained.status, explained.causes, explained.steps))
        self.assertIn("no stanza for it", explained.verdict)

    def hanging_resolver(self):
        """What to start a program with whose resolver never answers."""
        hole = self.door.folder.write("resolv.conf", f"nameserver {self.door.address}\n")
        return ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf; exec "$@"', hole]

    def test_a_name_that_takes_too_long(self):
        rc = self.door.folder.write("slow.rc", rc_section("slow.example", self.door.keys, CONNECT_TIMEOUT=1))
        explained = self.explain(host="slow.example", rc=rc, wrap=self.hanging_resolver())
        self.assertEqual(72, explained.status)
        self.assert_cause(explained, 1, "the name: it has no address here")

    def test_a_resolver_that_hangs_does_not_keep_the_verdict_back(self):
        explained = self.explain(keys=Keys.new(), NTP_SERVER="time.example", wrap=self.hanging_resolver())
        self.assertEqual(70, explained.status)
        self.assert_cause(explained, 1, "the keys: ")
