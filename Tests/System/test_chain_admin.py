"""An administrator takes away, reloads or reorders what the server stands on: the next knock that is granted opens."""

from harness.boundary import Helper, request
from harness.door import FreshDoorCase
from harness.door6 import SeenOverIPv6
from harness.firewall import CHAIN
from harness.moody import MoodyTools
from harness.waiting import until

JUMP = f"-A INPUT -j {CHAIN}"
MENDED = "was gone: made again"
MOVED = "stood behind a rule that drops tcp/22: moved to place 1"


def flush_ruleset(door):
    door.host.run("nft", "flush", "ruleset")


def delete_table(door):
    door.host.run("nft", "delete", "table", "ip6" if door.firewall.program == "ip6tables" else "ip", "filter")


def flush_all(door):
    door.firewall.iptables("-F")


def flush_and_remove_chains(door):
    def done():
        door.firewall.iptables("-F")
        return door.firewall.iptables("-X", check=False).returncode == 0

    # Between the two the server may have mended what the first one did.
    until(done, 5, "a table without chains of anybody's")


def restore_without_us(door):
    door.firewall.restore("".join(f"{line}\n" for line in door.firewall.save().splitlines() if CHAIN not in line))


def reload_without_our_jump(door):
    door.firewall.restore("".join(f"{line}\n" for line in door.firewall.save().splitlines() if line != JUMP))


def jump_behind_the_drop(door):
    # At once: a server that looks in between would find no jump.
    door.firewall.restore(f"*filter\n-A INPUT -p tcp -j DROP\n-D INPUT -j {CHAIN}\n-A INPUT -j {CHAIN}\nCOMMIT\n", "--noflush")


class Administrator(FreshDoorCase):
    weight = 12

    SOMEBODY, SOMEBODY_ELSE = "192.0.2.1", "192.0.2.2"
    ACTS = [(flush_ruleset, MENDED), (delete_table, MENDED), (flush_all, MENDED), (flush_and_remove_chains, MENDED),
            (restore_without_us, MENDED), (reload_without_our_jump, MENDED), (jump_behind_the_drop, MOVED)]

    def close_the_door(self, door):
        """What the administrator does next: default drop, as it was."""
        door.firewall.iptables("-P", "INPUT", "DROP")

    TABLE = r"firewall: "

    def is_mended(self, door, words):
        until(door.is_open, 5, lambda: f"an open door: {door.firewall.rules()}\n{door.log()[-2000:]}")
        door.server.daemon.wait_log(self.TABLE + ".*" + words)
        self.assertEqual(1, sum(rule == JUMP for rule in door.firewall.rules("INPUT")))

    def test_at_idle(self):
        for act, words in self.ACTS:
            with self.subTest(act.__name__):
                door = self.open_door()
                door.service(22)
                act(door)
                self.close_the_door(door)
                self.assertFalse(door.is_open())
                door.knock()
                door.wait_grant()
                self.is_mended(door, words)
                self.assertEqual(3, len(door.server.living()))
                door.close()

    def test_between_two_knocks_of_one_client(self):
        for act, words in self.ACTS:
            with self.subTest(act.__name__):
                door = self.open_door()
                door.service(22)
                door.knock()
                door.wait_grant()
                until(door.is_open, 5, "an open door")
                # The server may still look after the first grant, and mend before the second knock.
                act(door)
                self.close_the_door(door)
                door.knock()
                self.is_mended(door, words)
                door.close()

    def test_a_grant_of_somebody_else_that_was_flushed_comes_back_with_his_next_knock_only(self):
        door = self.open_door()
        for address in (self.SOMEBODY_ELSE, self.SOMEBODY):
            door.knock(allow=address)
            door.wait_grant(address)
        flush_and_remove_chains(door)
        door.knock(allow=self.SOMEBODY)
        door.wait_grant(self.SOMEBODY)
        door.server.daemon.wait_log(MENDED)
        self.assertEqual([], door.grants(self.SOMEBODY_ELSE))
        door.knock(allow=self.SOMEBODY_ELSE)
        door.wait_grant(self.SOMEBODY_ELSE)
        until(lambda: len(door.grants()) == 2, 5, lambda: f"two rules: {door.grants()}")

    def test_a_firewall_that_was_flushed_open_is_warned_about(self):
        door = self.open_door()
        self.assertNotIn("open to everybody", door.log())
        flush_ruleset(door)
        door.knock()
        door.server.daemon.wait_log("tcp/22 is open to everybody")

    def test_a_jump_that_the_administrator_moved_to_where_it_works_stays_there(self):
        door = self.open_door()
        door.service(22)
        door.firewall.iptables("-D", "INPUT", "-j", CHAIN)
        door.firewall.iptables("-A", "INPUT", "-j", CHAIN)
        place = door.firewall.rules("INPUT").index(JUMP)
        door.knock()
        until(door.is_open, 5, "an open door")
        door.good_knock_opens()
        self.assertEqual(place, door.firewall.rules("INPUT").index(JUMP))
        self.assertGreater(place, 1)


class Administrator6(SeenOverIPv6, Administrator):
    """The same acts with ip6tables, and the same knocks over IPv6."""

    SOMEBODY, SOMEBODY_ELSE = "2001:db8:2::1", "2001:db8:2::2"
    TABLE = r"firewall \(IPv6\): "

    def test_acts_upon_ip6tables_leave_ipv4_as_it_was(self):
        door = self.open_door()
        before = door.firewall4.rules()
        for act in (flush_all, flush_and_remove_chains, delete_table, restore_without_us, jump_behind_the_drop):
            with self.subTest(act.__name__):
                act(door)
                self.close_the_door(door)
                door.knock()
                until(lambda: JUMP in door.firewall.rules("INPUT"), 5, lambda: f"the jump: {door.firewall.rules()}")
                self.assertEqual(before, door.firewall4.rules())


class BetweenInsertionAndAnswer(FreshDoorCase):
    """The tool has done its work, and its answer is held back until the administrator has struck."""

    def test_what_was_taken_away_is_made_again_and_the_next_knock_opens(self):
        for act in (flush_ruleset, flush_and_remove_chains, reload_without_our_jump):
            with self.subTest(act.__name__):
                door = self.open_door(start=False)
                tools = MoodyTools()
                self.addCleanup(tools.close)
                # The first answer waits at the gate.
                tools.mood('case "$*" in *-v*) "$real" "$@" | while read -r line; do case "$line" in "# done 1")'
                           f' read -r word < {tools.gate()};; esac; echo "$line"; done; exit;; esac')
                helper = Helper(door.host, tools.program)
                self.addCleanup(helper.close)
                helper.ready()
                helper.send(request(1))
                door.wait_grant("192.0.2.1")
                self.assertEqual([], helper.granted())
                act(door)
                tools.pass_gate()
                self.assertEqual((1, "granted"), helper.answer())
                until(lambda: JUMP in door.firewall.rules("INPUT"), 5, lambda: f"the jump: {door.firewall.rules()}")
                until(lambda: any(MENDED in text for text in helper.messages()), 5, lambda: f"{helper.messages()}")
                self.assertEqual("granted", helper.ask(request(2, lifetime=40)))
                until(lambda: len(door.grants("192.0.2.1")) == 1, 20, lambda: f"one rule: {door.grants()}")
                helper.close()
                door.close()
