"""Keys that a person types: on the terminal that controls the client, or through an askpass program."""

import os
import signal

from harness import clients, needs
from harness.door import Door, DoorCase
from harness.keys import Keys
from harness.terminal import Terminal
from harness.waiting import until


class Questions(DoorCase):
    @classmethod
    def make_door(cls):
        door = Door(keys=Keys.new("passphrase"), lifetime=2)
        door.service(22, lambda connection: connection.sendall(b"welcome"))
        return door

    def setUp(self):
        self.door.wait_no_grant()
        self.keyless = self.door.folder.write("keyless.rc", f"[myserver]\nSPA_SERVER {self.door.address}\n")

    def terminal(self, *options, rc=None, **environment):
        """A proxy on a terminal, with pipes for its streams, as ssh starts it."""
        door = self.door
        command = clients.proxy_command(rc or self.keyless, door.address, 22, *options)
        terminal = Terminal(door.client, command, {**clients.environment(door.folder), **environment}, streams=False)
        self.addCleanup(terminal.close)
        return terminal

    def without_terminal(self, *options, **environment):
        """The same without a terminal anywhere."""
        command = clients.proxy_command(self.keyless, self.door.address, 22, *options)
        return self.door.client.run(*command, check=False, input="", start_new_session=True,
                                    env={**clients.environment(self.door.folder), **environment})

    def askpass(self, text):
        return self.door.folder.write("askpass", "#!/bin/sh\n" + text, 0o755)

    def answering(self):
        keys = self.door.keys
        return self.askpass(f'echo "$1" >>{self.door.folder.join("asked")}\n'
                            f'case "$1" in *encryption*) echo {keys.encryption};; *HMAC*) echo {keys.hmac};; esac\n')

    def asked(self):
        with open(self.door.folder.join("asked")) as file:
            lines = file.read().splitlines()
        os.unlink(self.door.folder.join("asked"))
        return lines

    PROMPTS = ["Enter encryption key for 203.0.113.1: ", "Enter HMAC key for 203.0.113.1: "]

    def test_both_keys_are_typed_unseen_and_the_door_opens(self):
        terminal, keys = self.terminal(), self.door.keys
        terminal.wait_text("Enter encryption key for 203.0.113.1: $")
        self.assertFalse(terminal.echoes())
        terminal.type(f"{keys.encryption}x\x7f\n")
        terminal.wait_text("Enter HMAC key for 203.0.113.1: $")
        self.assertFalse(terminal.echoes())
        terminal.type(f"{keys.hmac}\n")
        self.assertEqual(b"welcome", terminal.process.stdout.read(7), terminal.text())
        self.assertEqual(terminal.before, terminal.settings())
        self.assertNotIn(keys.encryption[:8], terminal.text())
        self.assertNotIn(keys.hmac[:8], terminal.text())
        terminal.process.stdin.close()
        self.assertEqual(0, terminal.wait())
        self.assertEqual(b"", terminal.process.stderr.read())

    def test_ctrl_c_at_the_question_ends_it_and_restores_the_terminal(self):
        terminal = self.terminal()
        terminal.wait_text("Enter encryption key")
        self.assertFalse(terminal.echoes())
        terminal.type("abc\x03")
        self.assertEqual(128 + signal.SIGINT, terminal.wait())
        self.assertEqual(terminal.before, terminal.settings())

    def test_a_signal_at_the_question_restores_the_terminal(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT):
            with self.subTest(number):
                terminal = self.terminal()
                terminal.wait_text("Enter encryption key")
                self.assertFalse(terminal.echoes())
                terminal.process.send_signal(number)
                self.assertEqual(128 + number, terminal.wait())
                self.assertEqual(terminal.before, terminal.settings())

    def test_nothing_typed_is_an_error_and_no_packet(self):
        with self.door.sniffer() as sniffer:
            terminal = self.terminal()
            terminal.wait_text("Enter encryption key")
            terminal.type("\n")
            self.assertEqual(65, terminal.wait())
            self.assertRegex(terminal.process.stderr.read().decode(),
                             r"\Aspa-proxy: 203.0.113.1: no encryption key: nothing was typed; .*\n\Z")
            self.assertEqual([], sniffer.udp_payloads())

    def test_typing_takes_no_time_from_the_connection(self):
        rc = self.door.folder.write("short.rc", f"[m]\nSPA_SERVER {self.door.address}\nCONNECT_TIMEOUT 5\nUSE_HMAC Y\n")
        terminal, keys = self.terminal(rc=rc), self.door.keys
        terminal.wait_text("Enter encryption key")
        begun = os.times().elapsed
        until(lambda: os.times().elapsed > begun + 5.2, 10, "somebody who thinks")
        terminal.type(f"{keys.encryption}\n")
        terminal.wait_text("Enter HMAC key")
        terminal.type(f"{keys.hmac}\n")
        self.assertEqual(b"welcome", terminal.process.stdout.read(7), terminal.text())

    def test_no_prompt_asks_nobody(self):
        terminal = self.terminal("--no-prompt", SSH_ASKPASS=self.answering(), SSH_ASKPASS_REQUIRE="force")
        self.assertEqual(65, terminal.wait())
        self.assertRegex(terminal.process.stderr.read().decode(), r"\A.*--no-prompt forbids to ask; .*\n\Z")
        self.assertEqual("", terminal.text())
        self.assertFalse(os.path.exists(self.door.folder.join("asked")))

    def test_without_a_terminal_the_askpass_program_is_asked(self):
        for more in ({"DISPLAY": ":0"}, {"WAYLAND_DISPLAY": "wayland-0"}, {"SSH_ASKPASS_REQUIRE": "force"}):
            with self.subTest(more):
                self.door.wait_no_grant()
                done = self.without_terminal(SSH_ASKPASS=self.answering(), **more)
                self.assertEqual((0, "welcome", ""), (done.returncode, done.stdout, done.stderr))
                self.assertEqual(self.PROMPTS, self.asked())

    def test_where_nobody_can_be_asked_the_failure_says_so(self):
        for more in ({}, {"DISPLAY": ":0"}, {"SSH_ASKPASS": self.answering()},
                     {"SSH_ASKPASS": self.answering(), "DISPLAY": ":0", "SSH_ASKPASS_REQUIRE": "never"}):
            with self.subTest(more):
                done = self.without_terminal(**more)
                self.assertEqual((65, ""), (done.returncode, done.stdout))
                self.assertRegex(done.stderr, r"\A.*neither a terminal nor a usable SSH_ASKPASS to ask; .*\n\Z")

    def test_askpass_may_go_before_the_terminal(self):
        terminal = self.terminal(SSH_ASKPASS=self.answering(), SSH_ASKPASS_REQUIRE="prefer", DISPLAY=":0")
        self.assertEqual(b"welcome", terminal.process.stdout.read(7))
        self.assertEqual("", terminal.text())
        self.assertEqual(self.PROMPTS, self.asked())

    def test_an_askpass_program_that_is_cancelled_is_an_error(self):
        done = self.without_terminal(SSH_ASKPASS=self.askpass("exit 1\n"), DISPLAY=":0")
        self.assertEqual((65, ""), (done.returncode, done.stdout))
        self.assertIn("SSH_ASKPASS ended with status 1", done.stderr)

    def test_spa_knock_asks_in_the_same_way(self):
        door = self.door
        command = [needs.program("spa-knock"), "--rc-file", self.keyless, "-n", "myserver", "-A", "tcp/22",
                   "-a", "192.0.2.55", "--use-hmac"]
        terminal = Terminal(door.client, command, clients.environment(door.folder))
        self.addCleanup(terminal.close)
        terminal.wait_text("Enter encryption key: $")
        terminal.type(f"{door.keys.encryption}\n")
        terminal.wait_text("Enter HMAC key: $")
        terminal.type(f"{door.keys.hmac}\n")
        self.assertEqual(0, terminal.wait(), terminal.text())
        door.wait_granted("192.0.2.55")
        self.assertEqual(terminal.before, terminal.settings())
        done = door.client.run(*command, "--no-prompt", check=False, env=clients.environment(door.folder))
        self.assertEqual(65, done.returncode)
        self.assertIn("--no-prompt forbids to ask", done.stderr)
