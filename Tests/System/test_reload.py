"""`spad -R`: a good new configuration takes over and keeps the grants, a bad one changes nothing."""

from harness.door import FreshDoorCase
from harness.keys import Keys, stanza
from harness.narrow import shrink_buffers


class Reload(FreshDoorCase):
    def test_a_good_reload_keeps_the_open_grant_and_the_new_stanza_works(self):
        door, other = self.open_door(), Keys.new()
        door.knock()
        grant = door.wait_grant()
        door.server.configure(stanza(door.keys) + stanza(other, OPEN_PORTS="tcp/8022"))
        done = door.server.reload()
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertEqual([grant], door.grants())
        door.knock(keys=other, access="tcp/8022", allow="192.0.2.50")
        door.wait_grant("192.0.2.50", 8022)
        door.good_knock_opens()
        self.assertEqual(3, len(door.server.living()))

    def test_a_stanza_that_was_removed_opens_nothing_any_more(self):
        door, other = self.open_door(), Keys.new()
        door.server.configure(stanza(other))
        self.assertEqual(0, door.server.reload().returncode)
        door.knock()
        door.good_knock_opens(keys=other)
        self.assertEqual([], door.grants(door.client_address))

    def test_a_new_lifetime_holds_for_the_next_knock(self):
        door = self.open_door(lifetime=30)
        door.server.configure(stanza(door.keys, FW_ACCESS_TIMEOUT=2))
        self.assertEqual(0, door.server.reload().returncode)
        door.knock()
        door.wait_granted()
        door.wait_no_grant(timeout=5)

    def test_a_bad_reload_is_refused_with_file_and_line_and_the_old_configuration_grants(self):
        door = self.open_door()
        door.knock()
        grant = door.wait_grant()
        good = stanza(door.keys)
        door.server.configure(good + "OPEN_PORTS tcp/seventy\n")
        done = door.server.reload()
        self.assertEqual(1, done.returncode, done.stdout + done.stderr)
        self.assertIn(f"access.conf:{good.count(chr(10)) + 1}", done.stdout + done.stderr)
        self.assertEqual([grant], door.grants())
        self.assertEqual(3, len(door.server.living()))
        door.good_knock_opens()

    def test_a_bad_main_file_is_refused_with_file_and_line(self):
        door = self.open_door()
        line = len(door.server.settings) + 1
        door.server.configure(MAX_SPA_PACKET_AGE="soon")
        done = door.server.reload()
        self.assertEqual(1, done.returncode, done.stdout + done.stderr)
        self.assertIn(f"spad.conf:{line}", done.stdout + done.stderr)
        door.good_knock_opens()

    def test_a_replay_is_still_refused_after_a_reload(self):
        door = self.open_door()
        packet = door.packet("-f", "1")
        door.send(packet)
        door.wait_granted()
        door.wait_no_grant(timeout=5)
        self.assertEqual(0, door.server.reload().returncode)
        door.send(packet)
        door.good_knock_opens()
        self.assertEqual([], door.grants(door.client_address))

    def test_twenty_reloads_leave_three_processes_and_lose_no_knock(self):
        door = self.open_door()
        pids = dict(door.server.pids)
        for turn in range(20):
            self.assertEqual(0, door.server.reload().returncode)
            door.knock(allow=f"192.0.2.{turn + 1}")
            door.wait_grant(f"192.0.2.{turn + 1}")
        self.assertEqual(pids["spad"], door.server.pids["spad"])
        self.assertEqual(3, len(door.server.living()))

    def test_without_a_running_server_a_reload_fails_and_says_so(self):
        door = self.open_door(start=False)
        done = door.server.reload()
        self.assertEqual(1, done.returncode)
        self.assertTrue(done.stderr + done.stdout)

    def test_an_order_that_a_child_cannot_be_told_ends_the_server_and_is_not_left_out(self):
        """Half a configuration must not be in force: a stanza that is missing may be the one that limits."""
        door = self.open_door()
        addresses = ",".join(f"::{number:x}" for number in range(1, 201))
        access = stanza(door.keys, SOURCE="ANY," + addresses, DESTINATION=f"{door.address},{addresses}")
        door.server.configure(access)
        self.assertEqual(0, door.server.reload().returncode)
        door.good_knock_opens()
        self.assertGreaterEqual(shrink_buffers(door.server.pids["spad"]), 2)
        self.assertNotEqual(0, door.server.reload().returncode)
        door.server.wait_gone()
        door.wait_said(r"^error: spad-worker: an order of \d{4} bytes cannot be sent \(Message too long\): ending;")
