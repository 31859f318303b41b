"""What the proxy says, where, and how loud: `-v`, `--log-file`, the notice on a terminal; and what its end is called."""

import os
import re
import stat

from harness import clients, needs
from harness.door import Door, DoorCase
from harness.keys import Keys, rc_section
from harness.terminal import Terminal
from harness.waiting import until

STAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z spa-proxy\[(\d+)\] 203\.0\.113\.1: (.*)$"


class WordsCase(DoorCase):
    @classmethod
    def make_door(cls):
        door = Door()
        door.service(22, lambda connection: connection.sendall(b"welcome"))
        return door

    def setUp(self):
        self.door.shut()

    def run_proxy(self, *options, rc=None, host=None, port=22, wrap=(), **more):
        door = self.door
        command = [*wrap, *clients.proxy_command(rc or door.rc(**more), host or door.address, port, *options)]
        return door.client.run(*command, check=False, input="", env=clients.environment(door.folder))

    def log_lines(self, path):
        """`[(pid, text)]`; every line has date and process."""
        with open(path) as file:
            lines = file.read().splitlines()
        matches = [re.match(STAMP, line) for line in lines]
        self.assertNotIn(None, matches, lines)
        return [match.groups() for match in matches]


class Loudness(WordsCase):
    def test_success_is_silent(self):
        done = self.run_proxy()
        self.assertEqual((0, "welcome", ""), (done.returncode, done.stdout, done.stderr))

    def test_once_shows_the_steps_and_twice_the_attempts_too(self):
        once = self.run_proxy("-v", port=2222, CONNECT_TIMEOUT=3)
        # The door is open by now, and nobody behind it.
        self.door.knock(access="tcp/2222")
        self.door.wait_grant(port=2222)
        twice = self.run_proxy("-vv", port=2222, CONNECT_TIMEOUT=3)
        for done in (once, twice):
            lines = done.stderr.splitlines()
            self.assertTrue(all(line.startswith("spa-proxy: ") for line in lines), lines)
            for words in ("rc file ", "encryption key from ", "asks for tcp/2222 from 203.0.113.2, ", "knock 1 sent by udp, "):
                self.assertEqual(1, sum(words in line for line in lines), done.stderr)
        self.assertNotIn("attempt 1", once.stderr)
        # The first may come before the rule: then nobody answers it.
        start = r"(?m)^spa-proxy: \d+\.\d{3} ms: attempt"
        self.assertRegex(twice.stderr, start + " 1 to connect to 203.0.113.1:2222$")
        self.assertRegex(twice.stderr, start + r" \d+ to connect to 203.0.113.1:2222: Connection refused$")

    def test_the_rc_file_may_ask_for_it(self):
        self.assertIn("knock 1 sent by udp, ", self.run_proxy(VERBOSE=1).stderr)

    def test_warnings_about_the_stanza_are_shown(self):
        self.assertIn("ENCRYPTION_MODE: legacy is weak", self.run_proxy("-v", ENCRYPTION_MODE="legacy",
                                                                        CONNECT_TIMEOUT=1).stderr)

    def test_no_key_is_ever_said(self):
        for options in (["-vvv"], ["-vvv", "--explain"]):
            done = self.run_proxy(*options)
            for key in (self.door.keys.encryption, self.door.keys.hmac):
                self.assertNotIn(key, done.stderr)
                self.assertNotIn(key, done.stdout.removeprefix("welcome"))


class LogFile(WordsCase):
    def setUp(self):
        super().setUp()
        self.path = self.door.folder.join("proxy.log")
        if os.path.lexists(self.path):
            os.unlink(self.path)

    def test_it_is_new_and_private_and_has_the_words_of_v(self):
        # Nobody knocks twice at a door that is open.
        self.door.knock()
        self.door.wait_grant()
        done = self.run_proxy("--log-file", self.path)
        self.assertEqual((0, "welcome", ""), (done.returncode, done.stdout, done.stderr))
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.path).st_mode))
        lines = self.log_lines(self.path)
        self.assertEqual(1, len({pid for pid, _ in lines}))
        loud = self.run_proxy("-v")
        said = [line.split(" ms: ", 1)[1] for line in loud.stderr.splitlines()]

        def plain(texts):
            return [re.sub(r"\d+(\.\d+)? ms|attempt \d+", "N", text) for text in texts]

        self.assertEqual(plain(said), plain(text for _, text in lines))

    def test_it_grows(self):
        for _ in range(2):
            self.run_proxy("--log-file", self.path)
        self.assertEqual(2, len({pid for pid, _ in self.log_lines(self.path)}))

    def test_it_has_the_failure_too(self):
        done = self.run_proxy("--log-file", self.path, keys=Keys.new(), CONNECT_TIMEOUT=1)
        self.assertEqual(f"spa-proxy: 203.0.113.1: {self.log_lines(self.path)[-1][1]}\n", done.stderr)
        done = self.run_proxy("--log-file", self.path, "--explain", keys=Keys.new(), CONNECT_TIMEOUT=1,
                              NTP_SERVER="203.0.113.77")
        verdict = re.search(r"^verdict: (.*) \(exit status 70\)$", done.stdout, re.MULTILINE)[1]
        self.assertEqual(2, sum(text == verdict for _, text in self.log_lines(self.path)))

    def test_twice_v_reaches_it(self):
        self.run_proxy("--log-file", self.path, "-vv")
        self.assertTrue(any("attempt 1 to connect to" in text for _, text in self.log_lines(self.path)))

    def test_what_somebody_could_have_laid_there_is_refused(self):
        target = self.door.folder.write("target", "")
        other = self.door.folder.write("foreign", "")
        os.chown(other, 64999, 64999)
        shared = self.door.folder.write("shared", "", 0o622)
        fifo, link = self.door.folder.join("fifo"), self.door.folder.join("link")
        os.mkfifo(fifo)
        os.symlink(target, link)
        with self.door.sniffer() as sniffer:
            for path, words in ((link, "symbolic link"), (other, "belongs to user id 64999"), (fifo, ""),
                                (shared, "others can write it"), (self.door.folder.path, "Is a directory"),
                                ("/nowhere/log", "No such file")):
                with self.subTest(path):
                    done = self.run_proxy("--log-file", path)
                    self.assertEqual((65, "", 1), (done.returncode, done.stdout, len(done.stderr.splitlines())))
                    self.assertIn(path, done.stderr)
                    self.assertIn(words, done.stderr)
            self.assertEqual([], sniffer.udp_payloads())
        self.assertEqual(0, os.stat(target).st_size)

    def test_a_full_disk_is_no_reason_not_to_log_in(self):
        done = self.door.client.run(
            "sh", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$@"', "sh",
            *clients.proxy_command(self.door.rc(), self.door.address, 22, "--log-file", self.path),
            input="", env=clients.environment(self.door.folder))
        self.assertEqual(("welcome", ""), (done.stdout, done.stderr))
        self.assertEqual(0, os.stat(self.path).st_size)


class Notice(WordsCase):
    # Two times; one or three where this process stood still at that moment.
    LINE = r"\Aspa-proxy: 203.0.113.1: still waiting for the door \(knocked (1 time|[23] times)\)\Z"

    def test_who_waits_at_a_terminal_is_told_once(self):
        command = clients.proxy_command(self.door.rc(keys=Keys.new(), CONNECT_TIMEOUT=6), self.door.address, 22)
        terminal = Terminal(self.door.client, command, clients.environment(self.door.folder))
        self.addCleanup(terminal.close)
        self.assertEqual(70, terminal.wait())
        lines = terminal.text().splitlines()
        self.assertRegex(lines[0], self.LINE)
        self.assertEqual(2, len(lines), lines)

    def lines(self, host, *wrap, **section):
        """What a login shows that comes to no knock."""
        rc = self.door.folder.write("waits.rc", rc_section(host, self.door.keys, **section))
        terminal = Terminal(self.door.client, [*wrap, *clients.proxy_command(rc, host, 22)],
                            clients.environment(self.door.folder))
        self.addCleanup(terminal.close)
        return terminal.wait(), terminal.text().splitlines()

    def test_who_waits_for_a_name_is_told_which(self):
        hole = self.door.folder.write("resolv.conf", f"nameserver {self.door.address}\n")
        status, lines = self.lines("slow.example", "unshare", "--mount", "sh", "-c",
                                   'mount --bind "$0" /etc/resolv.conf; exec "$@"', hole, CONNECT_TIMEOUT=6)
        self.assertEqual((72, "spa-proxy: slow.example: still looking up slow.example", 2), (status, lines[0], len(lines)))

    def test_who_waits_for_the_public_address_is_told_so(self):
        # A program has five seconds to answer, which is longer than the others.
        status, lines = self.lines("192.0.2.99", ADDRESS_COMMAND="| sleep 60", ADDRESS_SOURCES="command",
                                   SOURCE_FALLBACK="N")
        self.assertEqual((68, "spa-proxy: 192.0.2.99: still finding out our public address", 2),
                         (status, lines[0], len(lines)))

    def test_who_does_not_wait_is_told_nothing(self):
        command = clients.proxy_command(self.door.rc(), self.door.address, 22)
        terminal = Terminal(self.door.client, command, clients.environment(self.door.folder))
        self.addCleanup(terminal.close)
        self.assertEqual("welcome", terminal.wait_text("welcome"))

    def test_a_pipe_gets_the_failure_alone(self):
        done = self.run_proxy(keys=Keys.new(), CONNECT_TIMEOUT=3)
        self.assertEqual(70, done.returncode)
        self.assertRegex(done.stderr, r"\Aspa-proxy: 203.0.113.1: knock sent by udp to .*\n\Z")


class ExitStatus(WordsCase):
    """Each number of the manual page, from a login that ends so."""

    def failed(self, status, *options, **more):
        done = self.run_proxy(*options, **more)
        self.assertEqual((status, ""), (done.returncode, done.stdout), done.stderr)
        self.assertRegex(done.stderr, r"\Aspa-proxy: (\S+: )?[^;\n]+; [^\n]+\n\Z")
        self.seen.add(status)

    def test_every_number_of_the_manual_page_has_its_failure(self):
        self.seen, door = {0, 1}, self.door
        self.assertEqual(0, self.run_proxy().returncode)
        door.shut()

        def rc(name, section, **lines):
            return door.folder.write(name, rc_section(section, door.keys, **{"CONNECT_TIMEOUT": 1, **lines}))

        self.failed(64, "--no-such-option")
        self.failed(64, port="x")
        self.failed(65, rc=door.folder.join("nowhere"))
        self.failed(65, ACCESS="tcp/23")
        self.failed(66, rc=rc("other.rc", "elsewhere", SPA_SERVER="192.0.2.1"))
        self.failed(67, rc=rc("name.rc", "name.invalid", CONNECT_TIMEOUT=10), host="name.invalid")
        self.failed(68, rc=rc("far.rc", "192.0.2.99", STUN_SERVER="203.0.113.77", SOURCE_FALLBACK="N"), host="192.0.2.99")
        self.failed(69, rc=rc("far.rc", "192.0.2.99", ALLOW_IP="192.0.2.1"), host="192.0.2.99")
        self.failed(70, keys=Keys.new(), CONNECT_TIMEOUT=1)
        self.refused()
        hole = door.folder.write("resolv.conf", f"nameserver {door.address}\n")
        self.failed(72, rc=rc("slow.rc", "slow.example"), host="slow.example",
                    wrap=["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf; exec "$@"', hole])
        with open(os.path.join(needs.REPOSITORY, "docs", "man", "spa-proxy.1")) as page:
            section = re.search(r"^\.Sh EXIT STATUS$(.*?)^\.Sh ", page.read(), re.M | re.S)[1]
        numbers = {int(number) for number in re.findall(r"^\.It (\d+)$", section, re.MULTILINE)}
        self.assertGreater(len(numbers), 10)
        self.assertEqual(set(), (numbers - {74}) - self.seen)

    def refused(self):
        """71 and 73: with nothing behind the door, refused from the first attempt on or only later."""
        rule = ("INPUT", "-p", "tcp", "--dport", "2222", "-j", "REJECT", "--reject-with", "tcp-reset")
        self.door.firewall.iptables("-A", *rule)
        self.failed(73, port=2222, CONNECT_TIMEOUT=3)
        self.door.firewall.iptables("-D", *rule)
        self.door.shut()
        # The server sleeps through the first attempt.
        os.kill(self.door.server.pids["spad-worker"], 19)
        try:
            with self.door.sniffer() as sniffer:
                proxy = self.door.proxy(2222, CONNECT_TIMEOUT=4)
                until(lambda: sniffer.syns(2222), 5, "the first attempt")
        finally:
            os.kill(self.door.server.pids["spad-worker"], 18)
        self.assertEqual(71, proxy.wait(10), proxy.errors())
        self.assertRegex(proxy.errors(), r"\Aspa-proxy: 203.0.113.1: the door opened, [^\n]+; [^\n]+\n\Z")
        self.seen.add(71)
