"""The helper trusts neither what a worker that was taken over asks of it, nor the firewall's tools."""

import shutil
import socket
import time
import unittest

from harness import boundary
from harness.boundary import Helper, request
from harness.firewall import CHAIN, Firewall
from harness.namespaces import Namespace
from harness.waiting import until


class HelperCase(unittest.TestCase):
    """A host of its own for each test."""

    def setUp(self):
        self.host = Namespace("server")
        self.addCleanup(self.host.close)
        self.firewall = Firewall(self.host).default_drop()
        self.program = shutil.which("iptables")

    def start(self, *settings, **options):
        first = boundary.setup(self.program, flush=options.get("flush", True))
        helper = Helper(self.host, self.program, [first, *settings] if settings else None, **options)
        self.addCleanup(helper.close)
        return helper.ready()

    def opened(self):
        return [(grant.source, grant.protocol, grant.port) for grant in self.firewall.grants()]


class AWorkerThatLies(HelperCase):
    weight = 4

    LIES = [  # what it asks, and the answer
        (dict(port=23), "service not allowed"),
        (dict(transport=17), "service not allowed"),
        (dict(stanza=2, port=25), "service not allowed"),
        (dict(stanza=3), "service not allowed"),
        (dict(lifetime=61), "lifetime too long"),
        (dict(lifetime=8388608), "lifetime too long"),
        (dict(stanza=9), "unknown stanza"),
        (dict(stanza=0), "unknown stanza"),
        (dict(generation=0), "unknown stanza"),
        (dict(generation=2), "unknown stanza"),
        (dict(stanza=4), "stanza expired"),
        (dict(family=6, source=socket.inet_pton(socket.AF_INET6, "2001:db8::1")), "family not opened"),
        (dict(family=6, source=socket.inet_pton(socket.AF_INET6, "::ffff:192.0.2.1")), "address not allowed"),
        (dict(source="0.0.0.0"), "address not allowed"),
        (dict(destination="192.0.2.77"), "destination not ours"),
        (dict(source="0.0.0.7"), "address not allowed"),
        (dict(source="224.0.0.1"), "address not allowed"),
        (dict(source="255.255.255.255"), "address not allowed"),
    ]

    def test_what_the_configuration_does_not_allow_is_refused_and_the_next_good_request_opens(self):
        helper = self.start(boundary.begin(), boundary.stanza(), boundary.stanza(2, None, restricted=(25,)),
                            boundary.stanza(3, ()), boundary.stanza(4, expires=int(time.time()) - 1),
                            boundary.commit())
        for number, (lie, answer) in enumerate(self.LIES, 1):
            with self.subTest(**lie):
                self.assertEqual(answer, helper.ask(request(number, **lie)))
        self.assertEqual("granted", helper.ask(request(1000)))
        self.assertEqual([("192.0.2.1", "tcp", 22)], self.opened())
        self.assertEqual([1000], helper.granted())

    BREACHES = [  # what it says instead of a request
        ("port 0", request(2, port=0)), ("ICMP", request(2, transport=1)), ("protocol 0", request(2, transport=0)),
        ("family 0", request(2, family=0)), ("IPv4 with more in front", request(2, source=b"\1" * 16)),
        ("no lifetime", request(2, lifetime=0)), ("a lifetime without end", request(2, lifetime=0xFFFFFFFF)),
        ("a byte less", request(2)[:-1]), ("a byte more", request(2) + b"\0"), ("one byte", b"\1"),
        ("64 KiB", request(2) + bytes(65000)), ("an unknown tag", b"\x07" + request(2)[1:]),
        ("an order of the supervisor", boundary.stop(True)), ("the same number again", request(1)),
        ("a smaller number", request(0)), ("a number of the helper's own", request((1 << 63) + 1)),
    ]

    def test_a_word_outside_the_vocabulary_ends_the_helper_and_opens_nothing(self):
        for what, words in self.BREACHES:
            with self.subTest(what):
                helper = self.start()
                self.assertEqual("granted", helper.ask(request(1)))
                self.assertEqual("ended", helper.ask(words))
                self.assertEqual(1, helper.process.returncode)
                self.assertTrue(any("worker" in text for text in helper.messages()), helper.messages())
                # What was open stays for its time; nothing came to it.
                self.assertEqual([("192.0.2.1", "tcp", 22)], self.opened())
                helper.close()

    def test_frames_that_the_worker_sends_back_change_nothing(self):
        helper = self.start()
        helper.frames.send(request(1))
        self.assertEqual("granted", helper.ask(request(2, source="192.0.2.2")))
        self.assertEqual([("192.0.2.2", "tcp", 22)], self.opened())

    def test_an_old_generation_counts_until_it_is_retired(self):
        helper = self.start()
        for message in (boundary.begin(2), boundary.stanza(1, (2222,)), boundary.commit(2)):
            helper.order(message)
        helper.wait_event(31)
        self.assertEqual("granted", helper.ask(request(1, generation=1, port=22)))
        self.assertEqual("service not allowed", helper.ask(request(2, generation=2, port=22)))
        helper.order(boundary.retire(1))
        # Orders come before requests in each round, so that the next one finds it retired.
        until(lambda: helper.ask(request(int(time.monotonic_ns()), generation=1, source="192.0.2.9"))
              == "unknown stanza", 3, "the end of generation 1")
        self.assertEqual("granted", helper.ask(request(1 << 62, generation=2, port=2222, source="192.0.2.2")))

    def test_no_more_doors_than_max_grants_are_open_at_one_time(self):
        helper = self.start(boundary.begin(grants=3), boundary.stanza(), boundary.commit())
        answers = [helper.ask(request(number, source=f"192.0.2.{number}")) for number in range(1, 7)]
        self.assertEqual(["granted"] * 3 + ["too many grants"] * 3, answers)
        self.assertEqual("granted", helper.ask(request(9, source="192.0.2.1", lifetime=50)), "an open one is extended")
        until(lambda: len(self.opened()) == 3, 3, lambda: f"three rules: {self.opened()}")

    def test_no_more_than_the_minutes_number_are_granted(self):
        helper = self.start(boundary.begin(per_minute=4), boundary.stanza(), boundary.commit())
        for number in range(1, 101):
            helper.send(request(number, source=f"192.0.2.{number}"))
        answers = [helper.answer()[1] for _ in range(100)]
        self.assertIn(answers.count("granted"), (4, 5))
        self.assertEqual(100 - answers.count("granted"), answers.count("too many per minute"))
        self.assertEqual(answers.count("granted"), len(self.opened()))


class TheEnd(HelperCase):
    weight = 2

    def test_a_supervisor_that_is_gone_ends_the_helper_and_leaves_the_rules_to_the_kernel(self):
        for which in ("supervisor", "worker"):
            with self.subTest(which):
                helper = self.start()
                self.assertEqual("granted", helper.ask(request(1)))
                rule = self.firewall.grants()[0]
                getattr(helper, which).close()
                self.assertEqual(1, helper.wait())
                self.assertEqual([rule], self.firewall.grants())
                self.assertIn("--datestop", rule.rule)

    def test_an_ordered_end_with_flush_takes_chain_and_jump(self):
        before = self.firewall.rules()
        helper = self.start()
        self.assertEqual("granted", helper.ask(request(1)))
        helper.order(boundary.stop(True))
        self.assertEqual(0, helper.wait())
        helper.wait_event(36)
        self.assertEqual(before, self.firewall.rules())

    def test_an_ordered_end_without_flush_leaves_them(self):
        helper = self.start()
        self.assertEqual("granted", helper.ask(request(1)))
        helper.order(boundary.stop(False))
        self.assertEqual(0, helper.wait())
        self.assertEqual([("192.0.2.1", "tcp", 22)], self.opened())

    def test_settings_out_of_order_end_it_before_it_has_touched_anything(self):
        before = self.firewall.rules()
        first = boundary.setup(self.program)
        for what, messages in (("a stanza first", [first, boundary.stanza()]),
                               ("a stanza twice", [first, boundary.begin(), boundary.stanza(), boundary.stanza()]),
                               ("a commit of another", [first, boundary.begin(1), boundary.commit(2)]),
                               ("two setups", [first, first]), ("no setup", [boundary.begin(), boundary.commit()]),
                               ("root", [b"\x0a" + bytes(8) + first[9:], boundary.begin(), boundary.commit()]),
                               ("nonsense", [b"\xff"])):
            with self.subTest(what):
                helper = Helper(self.host, self.program, messages)
                self.addCleanup(helper.close)
                self.assertEqual(1, helper.wait())
        self.assertEqual(before, self.firewall.rules())

    def test_an_own_jump_of_the_administrator_keeps_the_chain_but_no_grant(self):
        helper = self.start()
        self.assertEqual("granted", helper.ask(request(1)))
        self.firewall.iptables("-A", "INPUT", "-i", "lo", "-j", CHAIN)
        helper.order(boundary.stop(True))
        self.assertEqual(0, helper.wait())
        self.assertEqual([], self.opened())
        self.assertIn(f"-A INPUT -i lo -j {CHAIN}", self.firewall.rules("INPUT"))
