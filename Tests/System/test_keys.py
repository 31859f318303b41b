"""Where the clients' keys come from: a command's output, a descriptor."""

import json
import os
import signal
import subprocess
import sys

from harness import clients
from harness.door import Door, DoorCase
from harness.keys import Keys
from harness.processes import alive
from harness.waiting import until

WELCOME = b"welcome"
# Notes what it was given, and prints a key.
LOOK = """import json, os, sys
links = {}
for name in os.listdir("/proc/self/fd"):
    try:
        links[name] = os.readlink(f"/proc/self/fd/{name}")
    except OSError:
        pass  # the descriptor of the listing itself
with open(sys.argv[1], "w") as file:
    json.dump({"open": links, "input": sys.stdin.read(), "environment": dict(os.environ)}, file)
print(sys.argv[2])
"""


class KeyCase(DoorCase):
    @classmethod
    def make_door(cls):
        door = Door(lifetime=2)
        door.service(22, cls.serve)
        return door

    @staticmethod
    def serve(connection):
        """Greets, and sends back what it hears."""
        connection.sendall(WELCOME)
        while data := connection.recv(4096):
            connection.sendall(data)

    def setUp(self):
        self.door.wait_no_grant()

    def rc(self, **lines):
        """An rc file without keys but for what `lines` say."""
        every = {"SPA_SERVER": self.door.address, **lines}
        return self.door.folder.write("keyless.rc", "[myserver]\n" + "".join(f"{k} {v}\n" for k, v in every.items()))

    def script(self, name, text):
        """A program in the tests' folder."""
        return self.door.folder.write(name, "#!/bin/sh\n" + text, 0o755)

    def proxy(self, rc, *options):
        door = self.door
        return door.own(clients.Proxy(door.client, door.folder, rc, door.address, 22, *options))

    def assert_opens(self, proxy):
        self.assertEqual(WELCOME, proxy.stdout.read(7), proxy.errors())
        self.assertEqual("", proxy.errors())

    def assert_fails(self, proxy, *words, status=65):
        self.assertEqual(status, proxy.wait(20), proxy.errors())
        self.assertEqual(b"", proxy.stdout.read())
        self.assertEqual(1, len(proxy.errors().splitlines()), proxy.errors())
        for word in words:
            self.assertIn(word, proxy.errors())
        for key in (self.door.keys.encryption, self.door.keys.hmac, "5ecret"):
            self.assertNotIn(key, proxy.errors())


class KeysFromCommands(KeyCase):
    def test_both_keys_come_from_commands(self):
        keys = self.door.keys
        script = self.script("store", f'case "$1" in "a b") echo {keys.encryption};; c) echo {keys.hmac};; esac\n'
                                      'echo user: tester\n')
        self.assert_opens(self.proxy(self.rc(KEY_BASE64_COMMAND=f"{script} 'a b'",
                                             HMAC_KEY_BASE64_COMMAND=f'"{script}" c')))

    def test_a_line_for_the_shell_starts_with_a_bar(self):
        keys = self.door.keys
        store = self.door.folder.write("store.txt", f"{keys.encryption}\n{keys.hmac}\n")
        self.assert_opens(self.proxy(self.rc(KEY_BASE64_COMMAND=f"| head -1 {store} # the first",
                                             HMAC_KEY_BASE64_COMMAND=f"| cat {store} | tail -1; true")))

    def test_spa_knock_takes_them_too(self):
        keys = self.door.keys
        rc = self.rc(KEY_BASE64_COMMAND=f"echo {keys.encryption}", HMAC_KEY_BASE64_COMMAND=f"echo {keys.hmac}")
        clients.spa_knock(self.door.client, self.door.folder, rc, "-n", "myserver", "-A", "tcp/22", "-a", "192.0.2.77")
        self.door.wait_granted("192.0.2.77")

    def test_without_the_bar_no_shell_is_involved(self):
        mark = self.door.folder.join("mark")
        self.assert_fails(self.proxy(self.rc(KEY_COMMAND=f"echo 5ecret; touch {mark}", HMAC_KEY_COMMAND="false")),
                          "HMAC_KEY_COMMAND (false) ended with status 1")
        self.assertFalse(os.path.exists(mark))

    def test_the_command_has_our_environment_and_none_of_our_descriptors(self):
        keys, folder = self.door.keys, self.door.folder
        look = folder.write("look.py", LOOK)
        proxy = self.proxy(self.rc(KEY_BASE64_COMMAND=f"{sys.executable} {look} {folder.join('seen')} {keys.encryption}",
                                   HMAC_KEY_BASE64=keys.hmac), "--log-file", folder.join("log"))
        proxy.stdin.write(b"for the server alone")
        self.assert_opens(proxy)
        self.assertEqual(b"for the server alone", proxy.stdout.read(20))
        with open(folder.join("seen")) as file:
            seen = json.load(file)
        self.assertEqual(["0", "1", "2"], sorted(seen["open"]))
        self.assertEqual("/dev/null", seen["open"]["0"])
        self.assertEqual("", seen["input"])
        self.assertEqual(folder.path, seen["environment"]["HOME"])

    def test_what_a_command_says_on_standard_error_is_seen(self):
        proxy = self.proxy(self.rc(KEY_COMMAND="| echo the store is locked >&2; exit 4"))
        self.assertEqual(65, proxy.wait())
        first, second = proxy.errors().splitlines()
        self.assertEqual("the store is locked", first)
        self.assertRegex(second, r"^spa-proxy: 203.0.113.1: no encryption key: KEY_COMMAND \(/bin/sh\) ended with status 4; ")

    def test_a_command_that_fails_sends_no_packet(self):
        with self.door.sniffer() as sniffer:
            for command, words in (
                ("no-such-program 5ecret", "KEY_COMMAND (no-such-program) is not found"),
                ("/etc/passwd 5ecret", "cannot be run: Permission denied"), ("true", "printed nothing"),
                ("| echo 5ecret; kill -9 $$", "was ended by signal 9"), ("| echo 5ecret; exit 1", "status 1"),
                ("head -c 2000 /dev/zero", "printed too much"), ("printf '5ecret\\t'", "control character"),
            ):
                with self.subTest(command):
                    self.assert_fails(self.proxy(self.rc(KEY_COMMAND=command, HMAC_KEY="x")), words)
            self.assert_fails(self.proxy(self.rc(KEY_BASE64_COMMAND="echo 5ecret!", HMAC_KEY="x")), "base64")
            self.assert_fails(self.proxy(self.rc(KEY_COMMAND="echo 5ecret", HMAC_KEY="5ecret")), "are the same")
            self.assertEqual([], sniffer.udp_payloads())

    def test_the_time_that_a_command_takes_is_not_the_connections(self):
        keys = self.door.keys
        proxy = self.proxy(self.rc(KEY_BASE64_COMMAND=f"| sleep 5.2; echo {keys.encryption}",
                                   HMAC_KEY_BASE64=keys.hmac, CONNECT_TIMEOUT=5))
        self.assert_opens(proxy)

    def test_who_ends_the_proxy_ends_the_command(self):
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                proxy = self.proxy(self.rc(KEY_COMMAND="sleep 60"))
                command = until(lambda: self.child(proxy.process.pid), 10, "the command")
                proxy.process.send_signal(number)
                self.assertEqual(128 + number, proxy.wait(5))
                until(lambda: not alive(command), 5, "the end of the command")

    @staticmethod
    def child(pid):
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            for child in file.read().split():
                with open(f"/proc/{child}/comm") as comm:
                    if comm.read().strip() == "sleep":
                        return int(child)
        return None

    def test_the_password_store_of_pass(self):
        folder, keys = self.door.folder, self.door.keys
        home = {**clients.environment(folder), "GNUPGHOME": folder.join("gnupg")}
        os.mkdir(folder.join("gnupg"), 0o700)

        def run(*command, **more):
            subprocess.run(command, env=home, check=True, capture_output=True, timeout=60, **more)

        # Who finds no agent waits five seconds for a new one, and no longer.
        until(lambda: subprocess.run(("gpgconf", "--launch", "gpg-agent"), env=home, capture_output=True).returncode == 0,
              20, "an agent")
        run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", "tester", "default", "default", "never")
        self.addCleanup(run, "gpgconf", "--kill", "all")
        run("pass", "init", "tester")
        for name, key in (("key", keys.encryption), ("hmac", keys.hmac)):
            run("pass", "insert", "--multiline", f"ssh/{name}", input=f"{key}\nuser: tester\n".encode())
        rc = self.rc(KEY_BASE64_COMMAND="pass show ssh/key", HMAC_KEY_BASE64_COMMAND="pass show ssh/hmac")
        done = self.door.client.run(*clients.proxy_command(rc, self.door.address, 22, "--explain"), env=home)
        self.assertIn("encryption key from KEY_BASE64_COMMAND (pass), HMAC key from HMAC_KEY_BASE64_COMMAND (pass)",
                      done.stdout)
        self.assertIn("verdict: the door opens", done.stdout)


class KeysFromDescriptors(KeyCase):
    @classmethod
    def make_door(cls):
        door = Door(keys=Keys.new("passphrase"), lifetime=2)
        door.service(22, cls.serve)
        return door

    def run_with(self, text, *options, rc=None):
        """A proxy whose descriptor 3 is a file with `text`."""
        keys = self.door.folder.write("keys.txt", text)
        command = clients.proxy_command(rc or self.rc(), self.door.address, 22, "--fd", "3", *options)
        return self.door.client.run("sh", "-c", 'exec "$@" 3<"$0"', keys, *command, check=False, input="",
                                    env=clients.environment(self.door.folder))

    def test_both_keys_come_from_one_descriptor_one_line_each(self):
        keys = self.door.keys
        done = self.run_with(f"{keys.encryption}\n{keys.hmac}\n", "-v")
        self.assertEqual((0, WELCOME.decode()), (done.returncode, done.stdout), done.stderr)
        self.assertIn("encryption key from descriptor 3, HMAC key from descriptor 3", done.stderr)

    def test_it_goes_before_the_key_of_the_stanza(self):
        keys = self.door.keys
        rc = self.rc(KEY="wrong", HMAC_KEY=keys.hmac)
        done = self.run_with(f"{keys.encryption}\n", rc=rc)
        self.assertEqual((0, WELCOME.decode()), (done.returncode, done.stdout), done.stderr)

    def test_a_key_that_is_missing_there_is_an_error(self):
        done = self.run_with(f"{self.door.keys.encryption}\n")
        self.assertEqual((65, ""), (done.returncode, done.stdout))
        self.assertIn("no HMAC key came from descriptor 3", done.stderr)
