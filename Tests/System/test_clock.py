"""The clock is set by an hour. The clock of the machine stays as it is: our processes read another one, and for the kernel
the dates of the real rule are shifted the other way, which is the same to it."""

import calendar
import re
import shlex
import time

from harness.door import FreshDoorCase
from harness.door6 import SeenOverIPv6
from harness.overseen import SpadOfAnotherTime
from harness.waiting import until, until_clock

HOUR = 3600
FORMAT = "%Y-%m-%dT%H:%M:%S"


def dates(rule):
    """First and last second of a rule, since 1970."""
    return [calendar.timegm(time.strptime(re.search(rf"--{name} (\S+)", rule)[1], FORMAT))
            for name in ("datestart", "datestop")]


class ClockSetWithNobodyAlive(FreshDoorCase):
    def dead_server_with_a_grant(self, lifetime=120):
        door = self.open_door(lifetime=lifetime)
        door.service(22)
        door.knock()
        grant = door.wait_grant()
        self.assertTrue(until(door.is_open, 2, "an open door"))
        door.server.kill_all()
        until(door.is_open, 2, "an open door with nobody alive")
        return door, grant

    def set_clock(self, door, grant, seconds):
        """As if the clock had been set by so many seconds: the rule's dates move against it."""
        start, stop = (time.strftime(FORMAT, time.gmtime(date - seconds)) for date in dates(grant.rule))
        shifted = re.sub(r"--datestop \S+", f"--datestop {stop}",
                         re.sub(r"--datestart \S+", f"--datestart {start}", grant.rule))
        door.firewall.iptables(*shlex.split(grant.rule.replace("-A ", "-D ", 1)))
        door.firewall.iptables(*shlex.split(shifted))
        [after] = door.grants(door.client_address)
        self.assertEqual([date - seconds for date in dates(grant.rule)], dates(after.rule))
        return after

    def next_start_cleans_and_opens(self, door):
        door.server.start()
        until(lambda: not door.grants(), 5, "the end of the earlier life's rule")
        self.assertFalse(door.is_open())
        door.knock()
        door.wait_grant()
        self.assertTrue(until(door.is_open, 2, "an open door after the restart"))

    def test_not_set_at_all_the_door_stays_open(self):
        door, grant = self.dead_server_with_a_grant()
        self.set_clock(door, grant, 0)
        until(door.is_open, 2, "an open door")

    def test_set_ahead_by_an_hour_closes_at_once(self):
        door, grant = self.dead_server_with_a_grant()
        self.set_clock(door, grant, HOUR)
        self.assertFalse(door.is_open())
        self.next_start_cleans_and_opens(door)

    def test_set_back_by_an_hour_closes_at_once(self):
        door, grant = self.dead_server_with_a_grant()
        self.set_clock(door, grant, -HOUR)
        self.assertFalse(door.is_open())
        self.next_start_cleans_and_opens(door)

    def test_set_back_it_opens_again_when_the_dates_come_again_and_for_no_longer_than_they_say(self):
        door, grant = self.dead_server_with_a_grant(lifetime=8)
        # So far back that the first second of the rule is a little ahead.
        after = self.set_clock(door, grant, dates(grant.rule)[0] - int(time.time()) - 5)
        self.assertFalse(door.is_open(timeout=0.2))
        first, last = dates(after.rule)
        until_clock(first + 0.1)
        until(door.is_open, 2, "an open door")
        self.assertLessEqual(last + 1 - first, 8 + 2, "the rule's own length: the lifetime, a second before, and rounding")
        until_clock(last + 1.1)
        self.assertFalse(door.is_open())


class ClockSetWithNobodyAlive6(SeenOverIPv6, ClockSetWithNobodyAlive):
    """The same with a rule of ip6tables."""


class RulesFollowTheClock(FreshDoorCase):
    """A live helper is told that the date was set, and gives the rules of open grants new dates, with the same time left."""

    def door_with_a_grant(self, lifetime):
        door = self.open_door(server=SpadOfAnotherTime, start=False, lifetime=lifetime)
        door.server.set_clock(0)
        door.server.start()
        door.service(22)
        door.knock()
        grant = door.wait_grant()
        until(door.is_open, 5, "an open door")
        # The kernel has the rule before the helper has the tool's word for it.
        door.server.daemon.wait_log("^Added access rule", 5)
        return door, grant

    def follows(self, door, grant, seconds, times):
        """The clock is set to so far ahead of the kernel's: one rule, with dates of that clock."""
        begun = time.time()
        door.server.set_clock(seconds)
        # Nothing wakes a helper whose clock was not really set: a packet does, whatever it is.
        door.send(b"x" * 200)
        door.server.daemon.wait_log("The clock was set: 1 open grants follow it", 10, times)

        def moved():
            found = [dates(each.rule) for each in door.grants()]
            return len(found) == 1 and abs(found[0][1] - dates(grant.rule)[1] - seconds) <= 1 and found[0]

        first, last = until(moved, 10, lambda: f"{grant.rule} {seconds} seconds later: {door.firewall.rules()}\n"
                                               f"{door.log()[-2000:]}")
        self.assertTrue(begun - 2 <= first - seconds <= time.time(), "it begins now, a second before")
        self.assertLessEqual(last + 1 - first, 60 + 3, "a second before, and rounding at both ends")

    def test_set_ahead_and_back_by_an_hour_the_rules_follow_and_the_door_is_open(self):
        door, grant = self.door_with_a_grant(60)
        for times, seconds in enumerate((HOUR, -HOUR), 1):
            self.follows(door, grant, seconds, 2 * times - 1)
            self.assertFalse(door.is_open(), "for the kernel, whose clock is another, the rule is of another time")
            self.follows(door, grant, 0, 2 * times)
            until(door.is_open, 2, "an open door")
        self.assertEqual(3, len(door.server.living()))

    def test_a_grant_ends_when_it_was_to_end_however_the_clock_was_set(self):
        for seconds in (HOUR, -HOUR):
            with self.subTest(seconds):
                door, grant = self.door_with_a_grant(10)
                self.follows(door, grant, seconds, 1)
                until(lambda: not door.grants(), grant.expires - time.time() + 4, lambda: f"the end of {door.grants()}")
                self.assertGreaterEqual(time.time(), grant.expires - 0.1)
                door.server.daemon.wait_log(f"^Removed rule {door.client_address}->tcp/22", 5)
                door.close()


class RulesFollowTheClock6(SeenOverIPv6, RulesFollowTheClock):
    """The same with rules of ip6tables."""


class ClockOfTheServerSet(FreshDoorCase):
    """A packet that was granted, and one of the time that the server believes in."""

    def granted(self, door, address, *options):
        """A packet that is sent and granted."""
        packet = door.packet(*options, allow=address)
        door.send(packet)
        door.server.daemon.wait_log(rf"^Added .* {address} ", 5)
        until(lambda: len(door.grants(address)) == 1, 5, lambda: f"one rule for {address}: {door.grants()}")
        return packet

    def refused(self, door, packets):
        times = door.server.daemon.count("Replay detected")
        added = door.server.daemon.count("^Added")
        door.send(packets)
        door.server.daemon.wait_log("Replay detected", 5, times + len(packets))
        self.assertEqual(added, door.server.daemon.count("^Added"))

    def check(self, restart):
        door = self.open_door(server=SpadOfAnotherTime, start=False)
        door.server.set_clock(0)
        door.server.start()
        packets = [self.granted(door, "10.3.0.1")]
        hours = ((-HOUR, ["--time-offset-minus", "60m"]), (HOUR, ["--time-offset-plus", "60m"]), (0, []), (-HOUR, []))
        for number, (seconds, options) in enumerate(hours, 2):
            if restart:
                door.server.kill_all()
            door.server.set_clock(seconds)
            if restart:
                door.server.start()
            self.refused(door, packets)
            if seconds == 0 or options:
                packets.append(self.granted(door, f"10.3.0.{number}", *options))
        # A packet of the real time is from the future now.
        door.knock(allow="10.3.0.99")
        door.server.daemon.wait_log(r"time difference is too great \(-\d+ seconds\)", 5)
        self.assertEqual([], door.grants("10.3.0.99"))

    def test_a_packet_that_was_granted_is_never_granted_again_while_the_clock_goes_back_and_forth(self):
        self.check(restart=False)

    def test_nor_where_the_server_was_killed_before_the_clock_was_set(self):
        self.check(restart=True)
