"""Our chain: what is ours comes and goes with us, and nothing else is touched."""

import time

from harness.door import FreshDoorCase
from harness.firewall import CHAIN
from harness.waiting import until, until_clock


class OurChain(FreshDoorCase):
    weight = 6

    FOREIGN = ("-s", "192.0.2.99/32", "-p", "tcp", "-m", "tcp", "--dport", "99", "-j", "ACCEPT")

    def test_the_jump_is_the_first_rule_of_input(self):
        door = self.open_door()
        self.assertEqual(f"-A INPUT -j {CHAIN}", door.firewall.rules("INPUT")[1])

    def test_sigterm_takes_away_chain_jump_and_all_three_processes(self):
        door = self.open_door()
        before = [rule for rule in door.firewall.rules() if CHAIN not in rule]
        door.knock()
        door.wait_grant()
        self.assertEqual(0, door.server.stop())
        self.assertEqual([], list(door.server.living()))
        self.assertEqual(before, door.firewall.rules())

    def test_a_stop_and_a_start_leave_one_jump(self):
        door = self.open_door()
        for _ in range(2):
            door.server.stop()
            door.server.start()
        door.server.kill_all()
        door.server.start()
        self.assertEqual(1, sum(f"-j {CHAIN}" in rule for rule in door.firewall.rules()))

    def test_foreign_rules_in_our_chain_survive_knocks_and_expiry(self):
        door = self.open_door()
        door.firewall.iptables("-A", CHAIN, *self.FOREIGN)
        door.knock("-f", "1")
        # Its rule may be gone before anybody looks.
        door.server.daemon.wait_log("^Added access rule")
        door.server.daemon.wait_log("^Removed rule")
        self.assertEqual([], door.grants())
        self.assertIn(" ".join(("-A", CHAIN, *self.FOREIGN)), door.firewall.rules(CHAIN))

    def test_rules_that_an_earlier_life_left_go_at_the_start_and_foreign_ones_stay(self):
        door = self.open_door(start=False)
        door.firewall.iptables("-N", CHAIN)
        door.firewall.iptables("-A", CHAIN, *self.FOREIGN)
        for end in (int(time.time()) - 100, int(time.time()) + 100):
            door.firewall.iptables("-A", CHAIN, "-s", "192.0.2.98", "-p", "tcp", "--dport", "98",
                                   "-m", "comment", "--comment", f"_exp_{end}", "-j", "ACCEPT")
        door.server.start()
        self.assertEqual([], door.grants())
        self.assertIn(" ".join(("-A", CHAIN, *self.FOREIGN)), door.firewall.rules(CHAIN))

    def test_a_second_knock_extends_the_grant_and_adds_no_rule(self):
        door = self.open_door(lifetime=9)
        door.knock()
        first = door.wait_grant()
        until_clock(first.expires - 3)
        door.knock()
        second = until(lambda: [grant for grant in door.grants() if grant.expires > first.expires], 3,
                       "a later end of the grant")[0]
        self.assertEqual([second], until(lambda: len(door.grants()) == 1 and door.grants(), 3, "one rule"))
        door.service(22)
        until_clock(first.expires + 1)
        until(door.is_open, 2, "an open door: the extended grant ended with the first one")
        until_clock(second.expires + 1)
        self.assertFalse(door.is_open())

    def test_a_shorter_second_knock_does_not_shorten_the_grant(self):
        door = self.open_door(lifetime=120)
        door.knock()
        first = door.wait_grant()
        door.knock("-f", "1")
        door.good_knock_opens()
        self.assertGreaterEqual(max(grant.expires for grant in door.grants(door.client_address)), first.expires)

    def test_a_hundred_grants_for_different_sources_all_open_and_all_end(self):
        door = self.open_door(lifetime=10)
        packets = [door.packet(allow=f"192.0.2.{number}") for number in range(1, 101)]
        door.send(packets, pause=0.002)
        until(lambda: len(door.grants()) == 100, 3, lambda: f"100 grants; there are {len(door.grants())}")
        last = max(grant.expires for grant in door.grants())
        until_clock(last)
        until(lambda: not door.grants(), 3, lambda: f"no grant; there are {len(door.grants())}")

    def test_a_chain_that_the_administrator_flushed_is_whole_again_after_a_knock(self):
        door = self.open_door()
        door.knock()
        door.wait_grant()
        door.firewall.iptables("-F", CHAIN)
        door.good_knock_opens()

    def test_a_grant_that_the_administrator_flushed_comes_back_with_the_next_knock(self):
        door = self.open_door()
        door.knock()
        first = door.wait_grant()
        door.firewall.iptables("-F", CHAIN)
        until_clock(first.expires - 28)  # the new grant shall end in another second than the old one
        door.knock()
        self.assertGreater(door.wait_grant().expires, first.expires)
        door.good_knock_opens()

    def test_jump_and_chain_that_the_administrator_removed_come_back_with_a_knock(self):
        door = self.open_door()
        door.firewall.iptables("-D", "INPUT", "-j", CHAIN)
        door.firewall.iptables("-F", CHAIN)
        door.firewall.iptables("-X", CHAIN)
        door.service(22)
        for _ in range(3):  # the first knock may be the one that finds out
            door.knock()
            try:
                door.wait_grant(timeout=2)
                break
            except AssertionError:
                continue
        self.assertTrue(until(door.is_open, 2, "an open door"))

    def test_a_missing_jump_comes_back_with_a_knock_though_the_chain_is_still_there(self):
        door = self.open_door()
        door.service(22)
        door.firewall.iptables("-D", "INPUT", "-j", CHAIN)
        door.knock()
        until(door.is_open, 3, lambda: f"an open door: {door.firewall.rules()}")
        door.firewall.iptables("-F", "INPUT")
        door.knock()  # the grant stands and is extended; the way to it is gone, or has been made again by a later look
        until(door.is_open, 3, lambda: f"an open door: {door.firewall.rules()}")
        self.assertEqual(1, sum(f"-j {CHAIN}" in rule for rule in door.firewall.rules("INPUT")))
