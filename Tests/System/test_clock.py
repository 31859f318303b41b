"""The clock is set while every process of ours is dead. The clock of the machine stays as it is: the dates of the real rule
are shifted the other way, which is the same to the kernel. What a live server does with its rules, and with packets, when
the clock is set, the unit tests tell: there the clock is an argument."""

import calendar
import re
import shlex
import time

from harness.door import FreshDoorCase
from harness.waiting import until, until_clock

HOUR = 3600
FORMAT = "%Y-%m-%dT%H:%M:%S"


def dates(rule):
    """First and last second of a rule, since 1970."""
    return [calendar.timegm(time.strptime(re.search(rf"--{name} (\S+)", rule)[1], FORMAT))
            for name in ("datestart", "datestop")]


class ClockSetWithNobodyAlive(FreshDoorCase):
    def dead_server_with_a_grant(self, lifetime=20):
        door = self.open_door(lifetime=lifetime)
        door.service(22)
        door.knock()
        grant = door.wait_grant()
        self.assertTrue(until(door.is_open, 2, "an open door"))
        door.server.kill_all()
        self.assertTrue(door.is_open(), "the rule opens with nobody alive")
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
        self.assertEqual([], door.grants(), "the earlier life's rule is still there")
        self.assertFalse(door.is_open())
        door.knock()
        door.wait_grant()
        self.assertTrue(until(door.is_open, 2, "an open door after the restart"))

    def test_not_set_at_all_the_door_stays_open(self):
        door, grant = self.dead_server_with_a_grant()
        self.set_clock(door, grant, 0)
        self.assertTrue(door.is_open())

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
        door, grant = self.dead_server_with_a_grant(lifetime=4)
        # So far back that the first second of the rule is a little ahead.
        after = self.set_clock(door, grant, dates(grant.rule)[0] - int(time.time()) - 2)
        self.assertFalse(door.is_open(timeout=0.2))
        first, last = dates(after.rule)
        until_clock(first + 0.1)
        self.assertTrue(door.is_open())
        self.assertLessEqual(last + 1 - first, 4 + 2, "the rule's own length: the lifetime, a second before, and rounding")
        until_clock(last + 1.1)
        self.assertFalse(door.is_open())
