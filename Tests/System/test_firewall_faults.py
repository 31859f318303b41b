"""A firewall tool that hangs, fails, talks nonsense or vanishes: nothing is called granted that is not, and once it is well
again everything works, in the same process."""

import os
import select
import signal
import time

from harness import boundary
from harness.boundary import Helper, request
from harness.moody import MoodyCase, MoodyTools, end
from harness.waiting import until, until_clock


def hangs(pid):
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read() == "sleep\n"
    except OSError:
        return False


class WhileRunning(MoodyCase):
    weight = 90

    def refused(self, mood, reported):
        helper = self.start(settings=[boundary.setup(self.tools.program), boundary.begin(), boundary.stanza(longest=600),
                                      boundary.commit()]).ready()
        self.assertEqual("granted", helper.ask(request(1, lifetime=600)))
        self.turn(helper, mood)
        helper.send(request(2, source="192.0.2.2"))
        self.assertEqual((2, "firewall failed"), helper.answer())
        helper.wait_event(33)
        self.assertEqual([1], helper.granted())
        self.assertTrue(any(reported in text for text in helper.messages()), helper.messages())
        self.tools.calm()
        end(helper.tools())
        self.assertEqual(["192.0.2.1"], [source for source in self.opened() if source != "192.0.2.2"])
        self.well_again(helper, ["192.0.2.1"])

    def test_a_tool_that_fails_is_reported_and_nothing_is_called_granted(self):
        self.refused("echo no such luck >&2; exit 3", "exit status 3")

    def test_a_tool_that_hangs_for_ever_is_reported_and_nothing_is_called_granted(self):
        self.refused("exec sleep 100", "did not")

    def test_a_tool_that_prints_rubbish_is_reported_and_nothing_is_called_granted(self):
        self.refused('case "$0" in *restore) echo "# done"; exit 1;; *) echo rubbish; exit 0;; esac', "no listing")

    def test_a_tool_that_prints_rubbish_without_end_stops_nothing(self):
        helper = self.start().ready()
        self.turn(helper, 'case "$0 $*" in *save*|*restore*-v*) exec cat /dev/zero;; esac')
        self.assertEqual("granted", helper.ask(request(1)))
        self.assertEqual("service not allowed", helper.ask(request(2, port=23)))
        self.tools.calm()
        end(helper.tools())
        self.well_again(helper, ["192.0.2.1"])

    def test_a_tool_that_dies_in_the_middle_of_its_script_is_reported_and_nothing_is_called_granted(self):
        helper = self.start().ready()
        self.assertEqual("granted", helper.ask(request(1)))
        self.turn(helper, 'case "$0" in *restore) read -r line; exec sleep 100;; esac')
        helper.send(request(2, source="192.0.2.2"))
        while not select.select([helper.worker], [], [], 0.05)[0]:
            end(pid for pid in helper.tools() if hangs(pid))
        self.assertEqual((2, "firewall failed"), helper.answer())
        self.assertTrue(any("killed by signal 9" in text for text in helper.messages()), helper.messages())
        self.assertEqual(["192.0.2.1"], self.opened())
        self.tools.calm()
        end(helper.tools())
        self.well_again(helper, ["192.0.2.1"])

    def test_tools_that_do_their_work_and_say_that_they_failed_leave_no_rule(self):
        helper = self.start().ready()
        self.turn(helper, 'case "$0" in *restore) case "$*" in *-v*) exit 4;; esac\n' + MoodyTools.READ_LINE
                  + 'case "$line" in -A*) (exec "$real" "$@"); exit 4;; esac;; esac')
        helper.send(request(1))
        self.assertEqual((1, "firewall failed"), helper.answer())
        until(lambda: not self.opened(), 5, lambda: f"no rule: {self.opened()}")
        self.tools.calm()
        self.well_again(helper, [])
        self.assertEqual([1000], helper.granted())

    def test_tools_that_vanish_and_come_back_cost_the_knocks_between(self):
        helper = self.start().ready()
        self.assertEqual("granted", helper.ask(request(1)))
        self.tools.vanish()
        # The session that runs needs no file.
        self.assertEqual("granted", helper.ask(request(2, source="192.0.2.2")))
        end(helper.tools())
        self.assertEqual("firewall failed", helper.ask(request(3, source="192.0.2.3")))
        self.assertTrue(any("No such file" in text for text in helper.messages()), helper.messages())
        self.tools.come_back()
        self.well_again(helper, ["192.0.2.1", "192.0.2.2"])

    def test_tools_that_hang_for_ten_seconds_and_go_on_are_late_and_grant(self):
        helper = self.start().ready()
        self.turn(helper, f"read -r word < {self.tools.gate()}")
        begun = time.time()
        helper.send(request(1))
        helper.wait_event(38, 8)
        self.assertIn("does not answer", helper.waits()[-1])
        until_clock(begun + 10)
        self.assertEqual([], helper.granted())
        self.tools.calm()
        self.tools.pass_gate()
        self.assertEqual((1, "granted"), helper.answer())
        self.assertEqual(["192.0.2.1"], self.opened())
        self.well_again(helper, ["192.0.2.1"])
        until(lambda: helper.waits()[-1] == "", 40, lambda: f"an end of the waiting: {helper.waits()}")

    def test_requests_are_judged_while_a_tool_hangs(self):
        helper = self.start().ready()
        self.turn(helper, "exec sleep 100")
        helper.send(request(1))
        helper.send(request(2, port=23))
        # The first answer is that to the second request, and the only one so far: the tool has not been given up yet.
        self.assertEqual((2, "service not allowed"), helper.answer())
        helper.order(boundary.begin(2))
        helper.order(boundary.commit(2))
        helper.wait_event(31)
        self.assertEqual(1, helper.tags().count(33))

    def test_a_session_that_is_stopped_costs_two_seconds_and_no_grant(self):
        helper = self.start().ready()
        for pid in helper.tools():
            os.kill(pid, signal.SIGSTOP)
        self.assertEqual("granted", helper.ask(request(1)))
        self.assertTrue(any("2 seconds" in text for text in helper.messages()), helper.messages())
        self.assertEqual("granted", helper.ask(request(2, source="192.0.2.2")))
        until(lambda: len(self.opened()) == 2, 10, lambda: f"each rule once: {self.opened()}")


class Deletions(MoodyCase):
    weight = 60

    def test_deletions_that_hang_hold_up_no_insertion_and_come_later(self):
        helper = self.start().ready()
        self.tools.mood(MoodyTools.BUT_THE_SESSION + 'case "$0" in *restore) ' + MoodyTools.READ_LINE
                        + 'case "$line" in -D*) exec sleep 100;; esac;; esac')
        self.assertEqual("granted", helper.ask(request(1, lifetime=1)))
        grant = self.firewall.grants()[0]
        until_clock(grant.expires)
        until(lambda: any(hangs(pid) for pid in helper.tools()), 5, "a deletion that hangs")
        for number in range(2, 12):
            self.assertEqual("granted", helper.ask(request(number, source=f"192.0.2.{number}", lifetime=60)))
        self.assertIn("192.0.2.1", self.opened())
        self.assertNotIn(34, helper.tags(), "a rule that stands is called removed")
        self.tools.calm()
        end(pid for pid in helper.tools() if hangs(pid))
        helper.wait_event(34, 40)
        self.assertEqual(sorted(f"192.0.2.{number}" for number in range(2, 12)), self.opened())

    def test_three_hundred_grants_that_end_in_one_second_go_while_others_come(self):
        helper = self.start(settings=[boundary.setup(self.tools.program), boundary.begin(grants=20000, per_minute=600000),
                                      boundary.stanza(), boundary.commit()]).ready()
        for first in range(1, 301, 50):
            for number in range(first, first + 50):
                helper.send(request(number, source=f"10.0.{number // 250}.{number % 250 + 1}", lifetime=8))
            self.assertEqual(["granted"] * 50, [helper.answer()[1] for _ in range(50)])
        number, last = 301, max(grant.expires for grant in self.firewall.grants())
        until_clock(last - 1)
        while any(source.startswith("10.0.") for source in self.opened()):
            self.assertLess(time.time(), last + 60, "rules stay behind their end")
            # Of so many events some may not fit into the socket at once: the answer counts.
            helper.send(request(number, source=f"10.9.{number // 250}.{number % 250 + 1}", lifetime=60))
            self.assertEqual((number, "granted"), helper.answer())
            number += 1
        self.assertEqual(number - 301, len(self.opened()))


class AtStart(MoodyCase):
    weight = 40

    def waits_and_grants(self, mood, reported):
        """A tool in this mood is waited for; a request that came meanwhile is granted once it is well."""
        self.tools.mood(mood)
        helper = self.start()
        until(lambda: any(reported in text for text in helper.waits()), 20, lambda: f"{reported}: {helper.waits()}")
        helper.send(request(1))
        helper.send(request(2, port=23))
        self.assertEqual((2, "service not allowed"), helper.answer())
        self.assertNotIn(30, helper.tags())
        self.tools.calm()
        end(helper.tools())
        self.assertEqual((1, "granted"), helper.answer())
        helper.ready()
        self.assertEqual(["192.0.2.1"], self.opened())
        until(lambda: helper.waits()[-1] == "", 5, lambda: f"an end of the waiting: {helper.waits()}")

    def test_a_tool_that_hangs_is_waited_for(self):
        self.waits_and_grants("exec sleep 100", "does not answer")

    def test_a_tool_that_fails_is_waited_for(self):
        self.waits_and_grants('case "$0" in *restore) echo no such luck >&2; exit 3;; esac', "exit status 3")

    def test_a_listing_that_is_rubbish_is_waited_for(self):
        self.waits_and_grants('case "$0" in *save) echo rubbish; exit 0;; esac', "no listing")

    def test_a_tool_that_does_not_say_what_it_is_is_waited_for(self):
        self.waits_and_grants('case "$*" in -V) echo hello; exit 0;; esac', "version")

    def test_an_end_that_is_ordered_meanwhile_comes_at_once_and_leaves_the_firewall_alone(self):
        before = self.firewall.rules()
        self.tools.mood("exec sleep 100")
        helper = self.start()
        helper.wait_event(38, 20)
        helper.order(boundary.stop(True))
        self.assertEqual(0, helper.process.wait(11))  # so long that the tool has not been given up
        self.assertEqual(before, self.firewall.rules())

    def test_a_request_that_waited_too_long_is_refused_and_never_comes_true(self):
        self.tools.mood("exec sleep 100")
        helper = self.start()
        helper.wait_event(38, 20)
        helper.send(request(1, lifetime=2))
        self.assertEqual((1, "firewall failed"), helper.answer())
        self.assertTrue(any("waited too long" in text for text in helper.messages()), helper.messages())
        self.tools.calm()
        end(helper.tools())
        helper.ready()
        self.well_again(helper, [])

    def test_a_tool_that_is_not_there_or_not_executable_ends_the_start_and_is_named(self):
        for name in ("iptables", "iptables-restore", "iptables-save"):
            for change in (lambda path: os.chmod(path, 0o644), os.unlink):
                with self.subTest(name):
                    tools = MoodyTools()
                    change(tools.folder.join(name))
                    helper = Helper(self.host, tools.program)
                    self.addCleanup(helper.close)
                    self.assertEqual(1, helper.wait())
                    self.assertIn(tools.folder.join(name) + ":", " ".join(helper.messages()))
                    tools.close()
