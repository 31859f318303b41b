"""Whatever dies or hangs, a grant ends on time, and after a new start knocks work."""

import os
import shutil
import signal

from harness.door import FreshDoorCase
from harness.servers import SpadOfACarelessParent
from harness.waiting import until, until_clock


def scribble(path, offset, noise):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(noise)


THREE = ("spad", "spad-worker", "spad-helper")


class OneOfThreeFails(FreshDoorCase):
    """A grant is open, no service manager is there to help."""

    weight = 9

    def door_with_a_grant(self):
        door = self.open_door(lifetime=6)
        door.service(22)
        door.knock()
        grant = door.wait_grant()
        self.assertTrue(until(door.is_open, 2, "an open door"))
        return door, grant

    def closed_on_time_and_restarts(self, door, grant):
        until_clock(grant.expires + 1)
        self.assertFalse(door.is_open(), "the door is open after the grant's end")
        if door.server.living():
            door.server.kill_all()
        door.server.start()
        self.assertEqual([], door.grants(), "the earlier life's rule is still there")
        self.assertFalse(door.is_open())
        door.knock()
        door.wait_grant()
        self.assertTrue(until(door.is_open, 2, "an open door after the restart"))

    def killed(self, name):
        door, grant = self.door_with_a_grant()
        door.server.kill(name)
        door.server.wait_gone(2)
        self.closed_on_time_and_restarts(door, grant)

    def stopped(self, name):
        door, grant = self.door_with_a_grant()
        door.server.kill(name, signal.SIGSTOP)
        self.closed_on_time_and_restarts(door, grant)

    def test_killed_supervisor_ends_all_and_the_grant_ends_on_time(self):
        self.killed("spad")

    def test_killed_worker_ends_all_and_the_grant_ends_on_time(self):
        self.killed("spad-worker")

    def test_killed_helper_ends_all_and_the_grant_ends_on_time(self):
        self.killed("spad-helper")

    def test_the_grant_ends_on_time_while_the_supervisor_is_stopped(self):
        self.stopped("spad")

    def test_the_grant_ends_on_time_while_the_worker_is_stopped(self):
        self.stopped("spad-worker")

    def test_the_grant_ends_on_time_while_the_helper_is_stopped(self):
        self.stopped("spad-helper")


class CarelessParent(FreshDoorCase):
    def test_the_ends_of_children_are_known_all_the_same(self):
        for name in ("spad-worker", "spad-helper"):
            with self.subTest(name):
                door = self.open_door(server=SpadOfACarelessParent)
                door.good_knock_opens()
                door.server.kill(name)
                door.server.wait_gone()
                self.assertIn(f"{name} was killed by signal 9", door.log())


class AgainAndAgain(FreshDoorCase):
    def test_twenty_kills_in_a_row_each_followed_by_a_start_and_a_knock_that_opens(self):
        door = self.open_door()
        for turn in range(20):
            door.server.kill(THREE[turn % 3])
            door.server.wait_gone(2)
            door.server.start()
            self.assertEqual(set(THREE), set(door.server.pids))
            door.good_knock_opens()


class ReplayMemory(FreshDoorCase):
    def test_a_replay_is_refused_after_all_three_were_killed_and_started_again(self):
        door = self.open_door()
        packet = door.packet()
        door.send(packet)
        door.wait_grant()
        door.server.kill_all()
        door.server.start()
        self.assertEqual([], door.grants())
        door.send(packet)
        door.good_knock_opens()
        self.assertEqual([], door.grants(door.client_address))

    def test_a_replay_is_refused_after_an_orderly_stop_and_start(self):
        door = self.open_door()
        packet = door.packet()
        door.send(packet)
        door.wait_grant()
        door.server.stop()
        door.server.start()
        door.send(packet)
        door.good_knock_opens()
        self.assertEqual([], door.grants(door.client_address))

    DAMAGE = {
        "all is gone": lambda store: [os.unlink(file) for file in store],
        "all folders are gone": lambda store: shutil.rmtree(os.path.dirname(os.path.dirname(store[0]))),
        "the folder is gone": lambda store: shutil.rmtree(os.path.dirname(store[0])),
        "the first file is gone": lambda store: os.unlink(store[0]),
        "the second file is gone": lambda store: os.unlink(store[1]),
        "the end is cut off": lambda store: os.truncate(store[0], os.path.getsize(store[0]) - 1),
        "all but the header is cut off": lambda store: os.truncate(store[0], 64),
        "the record is zeros": lambda store: scribble(store[0], 64, bytes(64)),
        "the record is noise": lambda store: scribble(store[0], 64, os.urandom(64)),
        "the header is noise": lambda store: scribble(store[0], 0, os.urandom(64)),
        "all is noise": lambda store: scribble(store[0], 0, os.urandom(os.path.getsize(store[0]))),
    }

    def test_no_replay_is_granted_whatever_became_of_the_store(self):
        for what, damage in self.DAMAGE.items():
            with self.subTest(what):
                door = self.open_door()
                packet = door.packet()
                door.send(packet)
                door.wait_grant()
                door.server.kill_all()
                damage([os.path.join(door.server.run_folder, "replay", name) for name in ("first", "second")])
                door.server.start("may have gaps")
                door.server.wait_up()
                door.send(packet)
                door.server.daemon.wait_log("up to when the replay store may have gaps", 5)
                self.assertEqual([], door.grants())
                door.close()

    def older_copy_put_back(self, end):
        door = self.open_door()
        folder, copy = os.path.join(door.server.state_folder, "replay"), door.folder.join("copy")
        door.good_knock_opens()
        door.server.stop()
        shutil.copytree(folder, copy)
        door.server.start()
        packet = door.packet()
        door.send(packet)
        door.wait_grant()
        end(door.server)
        shutil.rmtree(folder)
        shutil.copytree(copy, folder)
        door.server.start("may have gaps")
        door.server.wait_up()
        door.send(packet)
        floor = door.server.daemon.wait_log(r"is dated at or before (\d+)", 5)[1]
        self.assertEqual([], door.grants())
        # Begun anew, it is believed: the next start knows the same floor, and makes no later one.
        door.server.kill_all()
        door.server.start(f"packets dated up to {floor} are refused")

    def test_an_older_copy_of_the_store_put_back_after_a_stop_lets_no_packet_in_that_was_granted_since(self):
        self.older_copy_put_back(lambda server: server.stop())

    def test_an_older_copy_of_the_store_put_back_after_a_kill_lets_no_packet_in_that_was_granted_since(self):
        self.older_copy_put_back(lambda server: server.kill_all())

    def test_the_same_copy_of_the_store_put_back_is_no_loss(self):
        door = self.open_door()
        folder, copy = os.path.join(door.server.state_folder, "replay"), door.folder.join("copy")
        packet = door.packet()
        door.send(packet)
        door.wait_grant()
        door.server.stop()
        shutil.copytree(folder, copy)
        shutil.rmtree(folder)
        shutil.copytree(copy, folder)
        door.server.start()
        door.send(packet)
        door.good_knock_opens()
        self.assertEqual([], door.grants(door.client_address))

    def test_a_second_server_with_the_same_state_directory_refuses(self):
        door = self.open_door()
        other = self.open_door(start=False, STATE_DIR=door.server.state_folder)
        done = other.server.command("-f")
        self.assertEqual(1, done.returncode)
        self.assertIn("another spad is already running with this state directory", done.stderr)
        door.good_knock_opens()

    def test_a_packet_that_was_refused_once_is_burned(self):
        door = self.open_door()
        packet = door.packet(access="tcp/23")
        door.send([packet, packet])
        door.good_knock_opens()
        self.assertRegex(door.log(), "Replay detected")
