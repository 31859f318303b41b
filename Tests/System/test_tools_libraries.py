"""Clients that start the proxy in ways of their own: PuTTY's plink, and paramiko."""

import os
import shlex
import subprocess
import textwrap

from harness import needs
from harness.clients import proxy_command
from harness.logins import LoginCase
from harness.processes import children

PARAMIKO = textwrap.dedent("""\
    import os, sys
    import paramiko

    host, user, identity, known, command = sys.argv[1:]
    client = paramiko.SSHClient()
    client.load_host_keys(known)
    proxy = paramiko.ProxyCommand(command)
    client.connect(host, username=user, key_filename=identity, sock=proxy, allow_agent=False, look_for_keys=False)
    _, out, _ = client.exec_command("echo through")
    print(out.read().decode(), end="")
    with client.open_sftp() as sftp:
        data = os.urandom(1 << 20)
        with sftp.open(sys.argv[3] + ".copy", "wb") as file:
            file.write(data)
        with sftp.open(sys.argv[3] + ".copy", "rb") as file:
            print("same" if file.read() == data else "different")
    client.close()
    print("ended with", proxy.process.wait(10))
""")


class OtherClients(LoginCase):
    def test_paramikos_proxy_command(self):
        script = self.door.folder.write("with-paramiko.py", PARAMIKO)
        command = shlex.join(proxy_command(self.rc, self.door.address, 22))
        # Debian's own Python has Debian's paramiko.
        done = self.door.client.run("/usr/bin/python3", script, self.door.address, self.sshd.user, self.sshd.identity,
                                    self.sshd.known_hosts(self.door.address), command, env=self.environment())
        # paramiko closes the proxy's streams and sends SIGTERM; either may come first.
        self.assertRegex(done.stdout, r"^through\nsame\nended with (0|143|-15)\n$")
        self.no_proxy_left()

    def plink(self, *arguments, **options):
        """plink through the door. PuTTY puts host and port into the command by itself."""
        private = self.door.folder.join("identity.ppk")
        if not os.path.exists(private):
            empty = self.door.folder.write("empty", "")
            subprocess.run(["puttygen", self.sshd.identity, "-o", private, "-O", "private", "--new-passphrase", empty],
                           check=True, capture_output=True)
        fingerprint = subprocess.run(["ssh-keygen", "-lf", self.sshd.host_key + ".pub"], check=True,
                                     capture_output=True, text=True).stdout.split()[1]
        proxy = shlex.join([needs.program("spa-proxy"), "--rc-file", self.rc]) + " -- %host %port"
        return self.door.client.run("plink", "-ssh", "-batch", "-hostkey", fingerprint, "-i", private, "-proxycmd", proxy,
                                    f"{self.sshd.user}@{self.door.address}", *arguments, env=self.environment(), **options)

    def test_plink_runs_a_command_and_passes_its_status(self):
        done = self.plink("echo through; exit 3", check=False)
        self.assertEqual(("through\n", 3), (done.stdout, done.returncode), done.stderr)
        self.no_proxy_left()

    def test_plink_takes_the_joined_form(self):
        host = self.door.address
        private = self.plink("true").args  # makes the key on the way
        at = private.index("-proxycmd") + 1
        words = [*private[:at], private[at].replace("-- %host %port", "-W %host:%port"), *private[at + 1:]]
        done = self.door.client.run(*words[:-1], "echo joined", env=self.environment())
        self.assertEqual("joined\n", done.stdout)
        self.assertIn(host, words[-2])

    def test_a_client_that_ends_without_a_word_leaves_no_child(self):
        session = self.start_client("ssh", "myserver", "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        session.stdin.write(b"!\n")
        session.stdin.flush()
        session.stdout.readline()
        self.assertEqual(["spa-proxy"], list(children(session.pid)))
        session.kill()
        session.wait()
        self.no_proxy_left()
