"""A helper whose user may start no more processes, as in a container whose first process reaps nobody: it waits for better
times, and says what it waits for."""

import subprocess

from harness import boundary
from harness.boundary import request
from harness.moody import MoodyCase, end
from harness.servers import HELPER_UID
from harness.waiting import until, until_clock


def is_session(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return "-v" in file.read().split("\0")
    except OSError:
        return False


class NoMoreProcesses(MoodyCase):
    weight = 10

    @staticmethod
    def permit(helper, count):
        """RLIMIT_NPROC: the kernel counts what other tests run under the same user, too, so it is none or as many as ever."""
        # In a container root may not do that to others; the user himself may.
        subprocess.run(["prlimit", f"--pid={helper.process.pid}", f"--nproc={count}:64"], user=HELPER_UID, group=HELPER_UID,
                       extra_groups=[], check=True)

    def is_told(self, helper):
        until(lambda: helper.waits() and helper.waits()[-1], 5, lambda: f"a word: {helper.messages()}")
        self.assertIn("RLIMIT_NPROC", helper.waits()[-1])

    def is_over(self, helper, lines):
        """Said once, and taken back once; no other complaint."""
        until(lambda: helper.waits()[-1] == "", 20, lambda: f"an end of the waiting: {helper.waits()}")
        self.assertEqual(2 * lines, len(helper.waits()), helper.waits())
        self.assertFalse([text for text in helper.messages() if "failed" in text], helper.messages())
        self.assertFalse(helper.ended())

    def without_processes(self, helper):
        """The session ends, and whatever else runs is let end by itself."""
        self.permit(helper, 0)
        end(pid for pid in helper.tools() if is_session(pid))
        until(lambda: not helper.tools(), 5, "the end of the tools")

    def test_a_request_waits_and_is_granted_when_there_are_processes_again(self):
        helper = self.start().ready()
        self.assertEqual("granted", helper.ask(request(1)))
        for turn, number in enumerate((2, 4), 1):
            self.without_processes(helper)
            helper.send(request(number, source=f"192.0.2.{number}"))
            self.is_told(helper)
            # It is deaf to nobody meanwhile.
            self.assertEqual("service not allowed", helper.ask(request(number + 1, port=23)))
            self.assertNotIn(number, helper.granted())
            self.permit(helper, 64)
            self.assertEqual((number, "granted"), helper.answer(20))
            self.is_over(helper, turn)
        self.well_again(helper, ["192.0.2.1", "192.0.2.2", "192.0.2.4"])

    def test_a_grant_that_ends_meanwhile_is_removed_later(self):
        helper = self.start().ready()
        # Long enough that it is still there when there are no processes any more.
        self.assertEqual("granted", helper.ask(request(1, lifetime=4)))
        grant = self.firewall.grants()[0]
        self.permit(helper, 0)
        until_clock(grant.expires)
        self.is_told(helper)
        self.assertNotIn(34, helper.tags())
        self.permit(helper, 64)
        helper.wait_event(34, 20)
        self.assertEqual([], self.opened())
        self.is_over(helper, 1)

    def test_a_request_that_waited_too_long_is_refused_and_the_end_of_the_shortage_is_told(self):
        helper = self.start().ready()
        self.without_processes(helper)
        helper.send(request(1, lifetime=2))
        self.assertEqual((1, "firewall failed"), helper.answer(20))
        until(lambda: any("waited too long for a process" in text for text in helper.messages()), 5,
              lambda: f"the reason: {helper.messages()}")
        self.permit(helper, 64)
        until(lambda: helper.waits()[-1] == "", 20, lambda: f"an end of the waiting: {helper.waits()}")
        self.well_again(helper, [])

    def test_a_start_waits_until_there_are_processes(self):
        self.tools.mood(f'case "$*" in -V) read -r word < {self.tools.gate()};; esac')
        helper = self.start()
        until(helper.tools, 10, "the first tool")
        self.permit(helper, 0)
        self.tools.pass_gate()
        self.is_told(helper)
        self.assertNotIn(30, helper.tags())
        self.permit(helper, 64)
        helper.ready()
        self.tools.calm()
        self.well_again(helper, [])

    def test_an_ordered_end_waits_for_a_process_that_takes_the_chain_away(self):
        before = self.firewall.rules()
        helper = self.start().ready()
        self.without_processes(helper)
        helper.order(boundary.stop(True))
        self.assertFalse(helper.ended())
        self.permit(helper, 64)
        self.assertEqual(0, helper.process.wait(40))
        self.assertEqual(before, self.firewall.rules())
        self.assertEqual([], [text for text in helper.messages() if "failed" in text])
