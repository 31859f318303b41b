"""FLUSH_IPT_AT_INIT N: grants of an earlier life go on until their end, and nothing else does."""

import time

from harness.door import FreshDoorCase
from harness.firewall import CHAIN
from harness.waiting import until, until_clock

FOREIGN = "-s 192.0.2.99/32 -p tcp -m tcp --dport 99 -j ACCEPT"


def date(second):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def rule(source, start, end, port=22, before=""):
    return (f"{before}-s {source}/32 -p tcp -m tcp --dport {port} -m time --datestart {date(start)}"
            f" --datestop {date(end - 1)} -m comment --comment _exp_{end} -j ACCEPT")


class Adoption(FreshDoorCase):
    weight = 12

    def restarted(self, lifetime, kill=True, **settings):
        """A door with a grant, after its server was killed (or stopped without a flush) and started again."""
        door = self.open_door(lifetime=lifetime, FLUSH_IPT_AT_INIT="N", FLUSH_IPT_AT_EXIT="N", **settings)
        door.service(22)
        door.knock()
        grant = door.wait_grant()
        if kill:
            door.server.kill_all()
        else:
            door.server.stop()
        door.server.start()
        self.assertIn("1 grants of an earlier life go on", door.log())
        return door, grant

    def test_a_grant_goes_on_through_a_mend_until_its_end_and_is_deleted_then(self):
        for kill in (True, False):
            with self.subTest(kill=kill):
                door, grant = self.restarted(12, kill)
                until(door.is_open, 2, "an open door")
                # A mend: the chain is looked after because somebody took the jump away.
                door.firewall.iptables("-D", "INPUT", "-j", CHAIN)
                door.good_knock_opens()
                door.server.daemon.wait_log("was gone: made again")
                self.assertEqual([grant], door.grants(door.client_address))
                until(door.is_open, 2, "an open door")
                until_clock(grant.expires + 1)
                self.assertFalse(door.is_open())
                door.server.daemon.wait_log(f"Removed rule {door.client_address}->tcp/22 .* {grant.expires}")
                self.assertEqual([], door.grants(door.client_address))
                door.close()

    def test_a_knock_extends_it_like_any_other(self):
        door, grant = self.restarted(20)
        until_clock(grant.expires - 18)
        door.knock()
        until(lambda: [each for each in door.grants() if each.expires > grant.expires], 3, "a later end")
        until(lambda: len(door.grants()) == 1, 3, lambda: f"one rule: {door.grants()}")
        self.assertIn("extends an open grant", door.log())

    def test_what_is_over_or_cannot_be_ours_is_removed_and_foreign_rules_stay(self):
        door = self.open_door(start=False, FLUSH_IPT_AT_INIT="N")
        now = int(time.time())
        good = rule("192.0.2.1", now - 5, now + 100)
        door.firewall.iptables("-N", CHAIN)
        marked = [
            good,
            good,  # a second copy
            rule("192.0.2.1", now - 5, now + 90),  # an earlier end for the same door
            rule("192.0.2.2", now - 100, now - 5),  # over
            rule("192.0.2.3", now - 5, now + 4000),  # longer than any grant may be
            rule("192.0.2.4", now + 50, now + 100),  # not begun
            rule("192.0.2.5", now - 5, now + 100, before="-i lo "),  # more than ours
            rule("192.0.2.6", now - 5, now + 100).replace("ACCEPT", "DROP"),
            rule("192.0.2.7", now - 5, now + 100).replace(f"--datestop {date(now + 99)} ", ""),
            f"-s 192.0.2.8/32 -p tcp -m tcp --dport 22 -m comment --comment _exp_{now + 100} -j ACCEPT",
            f"-p tcp -m tcp --dport 22 -m comment --comment _exp_{now + 100} -j ACCEPT",
        ]
        foreign = [FOREIGN, "-s 192.0.2.98/32 -m comment --comment other -j ACCEPT",
                   rule("192.0.2.9", now - 5, now + 100).replace(f"_exp_{now + 100}", f'"_exp_{now + 100} mine"')]
        door.firewall.restore("*filter\n" + "".join(f"-A {CHAIN} {each}\n" for each in marked + foreign) + "COMMIT\n",
                              "--noflush")
        self.assertEqual(len(marked + foreign) + 1, len(door.firewall.rules(CHAIN)))
        door.server.start()
        left = [each.removeprefix(f"-A {CHAIN} ") for each in door.firewall.rules(CHAIN)[1:]]
        self.assertEqual([good, *foreign], [each.replace('--comment "_exp_%d" ' % (now + 100), f"--comment _exp_{now + 100} ")
                                            for each in left])
        self.assertIn(f"Removed {len(marked) - 1} rules of an earlier life", door.log())
        self.assertIn("1 grants of an earlier life", door.log())

    def test_they_count_among_the_open_grants(self):
        door = self.open_door(start=False, FLUSH_IPT_AT_INIT="N", MAX_GRANTS="3")
        now = int(time.time())
        door.firewall.iptables("-N", CHAIN)
        for number in range(1, 6):
            door.firewall.iptables("-A", CHAIN, *rule(f"192.0.2.{number}", now - 5, now + 100 + number).split())
        door.server.start()
        self.assertEqual(["192.0.2.3", "192.0.2.4", "192.0.2.5"], sorted(grant.source for grant in door.grants()))
        door.knock()
        door.server.daemon.wait_log(f"No access for {door.client_address}")
        self.assertEqual([], door.grants(door.client_address))
