"""When a login cannot work: nothing on stdout, one line on stderr that says which kind of failure it was."""

import os
import pwd
import re
import signal

from harness import clients, needs
from harness.door import DoorCase
from harness.keys import Keys, rc_section
from harness.waiting import until


class FailuresOfTheProxy(DoorCase):
    def failed(self, proxy, timeout):
        """Exit status and the one line of a proxy that must fail without writing to stdout."""
        status = proxy.wait(timeout)
        self.assertNotEqual(0, status)
        self.assertEqual(b"", proxy.stdout.read())
        self.assertEqual(1, len(proxy.errors().splitlines()), proxy.errors())
        return status, proxy.errors()

    def test_nothing_opened_and_opened_but_refused_are_told_apart(self):
        wrong = self.failed(self.door.proxy(22, keys=Keys.new(), CONNECT_TIMEOUT=2), 8)
        # Long enough for a door that opens late.
        nobody = self.failed(self.door.proxy(2222, CONNECT_TIMEOUT=5), 12)
        says_that_it_opened = "(?i)refuse|door opened"
        self.assertRegex(nobody[1], says_that_it_opened)
        self.assertNotRegex(wrong[1], says_that_it_opened)
        self.assertNotEqual(wrong[0], nobody[0], "the exit codes are the same")

    def test_the_deadline_covers_everything(self):
        """Told by the knocks: one at once, two after a second (the packet's source is asked for, too), more after three."""
        with self.door.sniffer() as sniffer:
            self.failed(self.door.proxy(22, keys=Keys.new(), CONNECT_TIMEOUT=2), 8)
            self.assertIn(len(sniffer.udp_payloads()), (1, 3))

    def test_a_readable_rc_file_is_refused(self):
        rc = self.door.rc()
        os.chmod(rc, 0o644)
        self.assertIn(rc, self.failed(self.door.proxy(22, rc), 5)[1])

    def test_a_missing_rc_file_is_named(self):
        rc = self.door.folder.join("nowhere")
        self.assertIn(rc, self.failed(self.door.proxy(22, rc), 5)[1])

    def test_a_host_without_a_stanza_sends_no_packet(self):
        rc = self.door.folder.write("other.rc", rc_section("elsewhere", self.door.keys, SPA_SERVER="192.0.2.1"))
        with self.door.sniffer() as sniffer:
            self.failed(self.door.proxy(22, rc), 5)
            self.assertEqual([], sniffer.udp_payloads())

    def test_an_access_line_without_the_port_is_an_error_that_names_both(self):
        _, line = self.failed(self.door.proxy(2222, ACCESS="tcp/22"), 5)
        self.assertIn("tcp/22", line)
        self.assertIn("2222", line)

    def test_no_key_appears_in_any_message(self):
        broken = self.door.rc() + ".broken"
        with open(self.door.rc()) as file:
            self.door.folder.write("rc.broken", file.read().replace("KEY_BASE64    ", "KEY_BASE64    !"))
        _, line = self.failed(self.door.proxy(22, broken), 5)
        self.assertNotIn(self.door.keys.encryption, line)
        self.assertNotIn(self.door.keys.hmac, line)

    def test_ctrl_c_ends_a_waiting_proxy_at_once(self):
        proxy = self.door.proxy(22, keys=Keys.new())
        with self.door.sniffer() as sniffer:
            until(lambda: sniffer.udp_payloads() or proxy.process.poll() is not None, 5, "the knock")
        os.kill(proxy.process.pid, signal.SIGINT)
        self.assertEqual(-signal.SIGINT, proxy.wait(5), "it waited for its deadline")

    def test_a_lost_knock_is_followed_by_a_fresh_one(self):
        proxy = self.door.proxy(22, keys=Keys.new(), CONNECT_TIMEOUT=30)
        with self.door.sniffer() as sniffer:
            until(lambda: len(sniffer.udp_payloads()) >= 2, 5, "two knocks")
            payloads = sniffer.udp_payloads()
        self.assertEqual(len(payloads), len(set(payloads)), "a packet was sent twice")
        proxy.close()


class SurroundingsOfTheClients(DoorCase):
    """Homes, streams and keys that are not there."""

    def proxy(self, shell, *command, **environment):
        """The proxy, started by a line of shell, as `(status, stderr)`; `$@` is its command line."""
        door = self.door
        done = door.client.run("sh", "-c", shell, "sh", *(command or clients.proxy_command(door.rc(), door.address, 22)),
                               check=False, timeout=20, env={**clients.environment(door.folder), **environment})
        return done.returncode, done.stderr

    def test_a_closed_or_reversed_stream_is_an_error_and_no_packet_is_sent(self):
        for shell, name in (('"$@" >&-', "standard output"), ('"$@" <&-', "standard input"),
                            ('"$@" <&- >&-', "standard input"), ('"$@" 1</dev/null', "standard output"),
                            ('"$@" 0>/dev/null', "standard input")):
            with self.subTest(shell), self.door.sniffer() as sniffer:
                status, said = self.proxy(shell)
                self.assertEqual((74, 1), (status, len(said.splitlines())), said)
                self.assertIn(f"{name} is not open", said)
                self.assertEqual([], sniffer.udp_payloads())

    def test_help_needs_no_streams(self):
        self.assertEqual(0, self.proxy('"$@" <&-', needs.program("spa-proxy"), "--help")[0])

    def test_an_empty_home_is_none(self):
        command = [needs.program("spa-proxy"), "--", self.door.address, "22"]
        home = pwd.getpwuid(os.getuid()).pw_dir
        for text in ("", "."):
            with self.subTest(text):
                status, said = self.proxy('cd / && "$@" </dev/null', *command, HOME=text)
                # The account may have the one, or the other, without our stanza.
                self.assertRegex(said, f" {re.escape(home)}/(.config/sallyport/rc|.fwknoprc)")
                self.assertIn(status, (65, 66))

    def test_no_home_at_all_is_said(self):
        def nobody_known():
            os.setresuid(64999, 0, 0)  # who it is, without losing the way to the program

        command = [needs.program("spa-proxy"), "--", self.door.address, "22"]
        done = self.door.client.run(*command, check=False, env={}, preexec_fn=nobody_known)
        self.assertEqual(65, done.returncode)
        self.assertIn("HOME is not set, and user id 64999 has no home", done.stderr)

    def test_a_knock_without_an_hmac_is_sent_with_a_warning(self):
        door = self.door
        command = [needs.program("spa-knock"), "--no-rc-file", "-D", door.address, "-A", "tcp/22", "-a", "192.0.2.7",
                   "--stdin"]
        for more, lines in ((["--use-hmac"], 0), ([], 1)):
            with self.subTest(more), door.sniffer() as sniffer:
                done = door.client.run(*command, *more, input="some passphrase\nanother\n",
                                       env=clients.environment(door.folder))
                said = done.stderr.splitlines()
                self.assertEqual(lines, len(said), said)
                self.assertEqual(bool(lines), "no HMAC" in done.stderr)
                self.assertEqual(1, len(sniffer.udp_payloads()))


class KeyGeneration(DoorCase):
    def test_new_keys_are_two_lines_that_both_files_accept(self):
        door = self.door
        lines = clients.spa_knock(door.client, door.folder, door.rc(), "--key-gen").stdout.splitlines()
        self.assertEqual(["KEY_BASE64", "HMAC_KEY_BASE64"], [line.split(":")[0] for line in lines])
        again = clients.spa_knock(door.client, door.folder, door.rc(), "--key-gen").stdout.splitlines()
        self.assertNotEqual(lines, again)

    def test_test_mode_sends_nothing(self):
        door = self.door
        with door.sniffer() as sniffer:
            clients.spa_knock(door.client, door.folder, door.rc(), "--test", "-A", "tcp/22", "-a", "192.0.2.9",
                              "-D", door.address)
            self.assertEqual([], sniffer.udp_payloads())

    def test_verbose_output_shows_no_key(self):
        door = self.door
        done = clients.spa_knock(door.client, door.folder, door.rc(), "-v", "--test", "-A", "tcp/22", "-a", "192.0.2.9",
                                 "-D", door.address)
        for key in (door.keys.encryption, door.keys.hmac):
            self.assertNotIn(key, done.stdout + done.stderr)
