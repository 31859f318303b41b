"""`spa-proxy --can-handle`: the question of `Match exec`, without a side effect."""

import os
import subprocess

from harness import clients, needs
from harness.door import DoorCase
from harness.keys import rc_section


class CanHandle(DoorCase):
    def setUp(self):
        door = self.door
        self.rc = door.folder.write("rc", rc_section("myserver", door.keys, SPA_SERVER=door.address)
                                    + "[broken]\nNO_SUCH_NAME 1\n[typed]\nSPA_SERVER gate.example\n")

    def ask(self, *arguments, rc=None, wrap=(), **environment):
        return self.door.client.run(*wrap, needs.program("spa-proxy"), "--rc-file", rc or self.rc, *arguments,
                                    check=False, stdin=subprocess.DEVNULL,
                                    env={**clients.environment(self.door.folder), **environment})

    def test_it_tells_by_its_status_alone(self):
        for host, expected in (("myserver", 0), ("MYSERVER", 0), (self.door.address, 0), ("gate.example", 0),
                               ("typed", 0), ("broken", 0), ("elsewhere", 66), ("default", 66), ("", 66),
                               ("a b", 66), ("$(id)", 66), ("no/host", 66), ("x" * 300, 66)):
            with self.subTest(host):
                done = self.ask(f"--can-handle={host}")
                self.assertEqual((expected, "", ""), (done.returncode, done.stdout, done.stderr))

    def test_a_named_stanza_is_asked_for(self):
        self.assertEqual(0, self.ask("-n", "TYPED", "--can-handle", "elsewhere").returncode)
        self.assertEqual(66, self.ask("-n", "nobody", "--can-handle", "myserver").returncode)

    def test_an_rc_file_that_cannot_be_read_is_told_apart(self):
        open_to_all = self.door.folder.write("open.rc", "[myserver]\n", 0o644)
        done = self.ask("--can-handle", "myserver", rc=open_to_all)
        self.assertEqual((65, "", ""), (done.returncode, done.stdout, done.stderr))
        self.assertIn("chmod 600", self.ask("-v", "--can-handle", "myserver", rc=open_to_all).stderr)

    def test_without_any_rc_file_the_answer_is_no(self):
        home = self.door.folder.join("empty")
        os.mkdir(home)
        done = self.door.client.run(needs.program("spa-proxy"), "--can-handle", "myserver", check=False,
                                    env={"HOME": home, "PATH": os.environ["PATH"]})
        self.assertEqual((66, "", ""), (done.returncode, done.stdout, done.stderr))
        self.assertEqual([], os.listdir(home))

    def test_it_sends_asks_and_writes_nothing(self):
        """Seen on the wire, and by the calls that it makes."""
        rc = self.door.folder.write("loud.rc", rc_section("loud", self.door.keys, SPA_SERVER="name.example")
                                    .replace("KEY_BASE64 ", f"KEY_COMMAND touch {self.door.folder.join('mark')} #", 1))
        trace, log = self.door.folder.join("trace"), self.door.folder.join("log")
        with self.door.sniffer() as sniffer:
            done = self.ask("--log-file", log, "--can-handle", "loud", rc=rc, DISPLAY=":0", SSH_ASKPASS="/bin/false",
                            wrap=["strace", "-f", "-o", trace])
            self.assertEqual((0, "", ""), (done.returncode, done.stdout, done.stderr))
            self.assertEqual(0, len(sniffer.sent()))
            clients.spa_knock(self.door.client, self.door.folder, self.rc, "-n", "myserver", "-A", "tcp/22", "-s")
            self.assertEqual(1, len(sniffer.sent()), "the listener is deaf")
        with open(trace) as file:
            # What the standard streams were opened for is asked, not done.
            calls = "".join(line for line in file if "F_GETFL" not in line)
        self.assertIn(rc, calls)
        for word in ("socket(", "connect(", "sendto(", "fork(", "execve(", "O_WRONLY", "O_RDWR", "O_CREAT", "write(",
                     "/dev/tty", "resolv.conf", "nsswitch"):
            count = calls.count(word) - (word == "execve(")  # its own start
            self.assertEqual(0, count, f"{word}\n{calls[-3000:]}")
        self.assertFalse(os.path.exists(log) or os.path.exists(self.door.folder.join("mark")))


class InSshConfig(DoorCase):
    """The block that the manual page shows, in a real ssh."""

    def test_match_exec_chooses_the_hosts_that_have_a_stanza(self):
        door = self.door
        rc = door.folder.write("rc", rc_section("myserver", door.keys, SPA_SERVER=door.address))
        proxy = needs.program("spa-proxy")
        config = door.folder.write("ssh_config", f'Match exec "{proxy} --rc-file {rc} --can-handle %n"\n'
                                                 f"    ProxyCommand {proxy} --rc-file {rc} %h %p\n")
        with door.sniffer() as sniffer:
            for host, expected in (("myserver", True), ("elsewhere", False)):
                shown = door.client.run("ssh", "-F", config, "-G", host, env=clients.environment(door.folder)).stdout
                with self.subTest(host):
                    self.assertEqual(expected, f"proxycommand {proxy} --rc-file {rc} %h %p" in shown, shown)
            self.assertEqual(0, len(sniffer.sent()))
