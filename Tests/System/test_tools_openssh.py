"""What OpenSSH can do with a connection, through the hidden door."""

import itertools
import socket
import subprocess

from harness.logins import LoginCase, Terminal
from harness.services import TcpServer
from harness.waiting import until

COMMAND = "echo rea''dy; sleep 600"  # the screen shows the command too, and must not be taken for its output


class SharedConnections(LoginCase):
    """ControlMaster and ControlPersist: the connection belongs to the user, not to the window in which it began."""

    weight = 2
    numbers = itertools.count(1)

    def shared(self, *more, options=()):
        """An ssh_config whose first connection stays for others; taken down with the test."""
        number = next(self.numbers)
        control = self.door.folder.join(f"control-{number}")
        configuration = self.configure(f"shared-{number}", "ControlMaster auto", f"ControlPath {control}",
                                       "ControlPersist 120", *more, options=options)
        self.addCleanup(self.control, configuration, "exit")
        return configuration

    def control(self, configuration, word):
        return self.run_client("ssh", "-O", word, "myserver", configuration=configuration, check=False)

    def master(self, configuration):
        """What `ssh -O check` says, with the process id of the master."""
        done = self.control(configuration, "check")
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stderr

    def terminal(self):
        terminal = Terminal(self.door.client, self.environment())
        self.addCleanup(terminal.close)
        return terminal

    def begun_in_terminal(self, configuration):
        """A terminal with a login in front that has made the shared connection."""
        terminal = self.terminal()
        terminal.type(f"ssh -F {configuration} myserver \"{COMMAND}\"\n")
        terminal.wait("ready\r")
        return terminal, self.master(configuration)

    def still_shared(self, configuration, master):
        self.assertEqual(master, self.master(configuration))
        before = self.knocks()
        self.assertEqual("again\n", self.run_client("ssh", "myserver", "echo again", configuration=configuration).stdout)
        self.assertEqual(before, self.knocks(), "a shared connection needs no knock")

    def knocks(self):
        """How many of our client were granted. The log has them all once it has a later one."""
        self.door.wait_granted(self.door.good_knock_opens().source)
        return self.door.log().count(f"Added access rule to FWKNOP_INPUT for {self.door.client_address} ")

    def survives_interrupt(self, **options):
        configuration = self.shared(*options.pop("more", ()), **options)
        terminal, master = self.begun_in_terminal(configuration)
        terminal.type("\x03")
        terminal.wait("prompt> ")
        self.still_shared(configuration, master)

    def survives_hang_up(self, **options):
        configuration = self.shared(*options.pop("more", ()), **options)
        terminal, master = self.begun_in_terminal(configuration)
        terminal.hang_up()
        terminal.process.wait(40)
        self.still_shared(configuration, master)

    def test_ctrl_c_in_the_first_window_leaves_the_shared_connection(self):
        self.survives_interrupt()

    def test_closing_the_first_window_leaves_the_shared_connection(self):
        self.survives_hang_up()

    def test_ctrl_c_leaves_a_connection_that_was_handed_over(self):
        self.survives_interrupt(more=["ProxyUseFdpass yes"], options=["--fdpass"])

    def test_closing_the_window_leaves_a_connection_that_was_handed_over(self):
        self.survives_hang_up(more=["ProxyUseFdpass yes"], options=["--fdpass"])

    def test_exit_ends_the_shared_connection_and_its_proxy(self):
        configuration = self.shared()
        self.run_client("ssh", "myserver", "true", configuration=configuration)
        self.assertTrue(self.proxies())
        self.assertEqual(0, self.control(configuration, "exit").returncode)
        self.no_proxy_left()

    def test_ctrl_c_before_the_connection_stands_ends_everything(self):
        configuration = self.configure("mute", "ConnectTimeout 90", rc=self.closed_rc(CONNECT_TIMEOUT=60))
        terminal = self.terminal()
        terminal.type(f"ssh -F {configuration} myserver true\n")
        until(self.proxies, 10, "spa-proxy")
        terminal.type("\x03")
        terminal.wait("prompt> ")
        self.no_proxy_left()


class Forwarding(LoginCase):
    weight = 2

    def greeter(self, port, word):
        """A service on the server's loopback, which nobody can reach from outside."""
        server = TcpServer(self.door.host, port, lambda connection: connection.sendall(word))
        self.addCleanup(server.close)

    def fetched(self, port):
        with self.door.client.entered():
            connection = socket.create_connection(("127.0.0.1", port), 60)
        with connection:
            return b"".join(iter(lambda: connection.recv(4096), b""))

    def listens(self, port):
        return f":{port} " in self.door.client.run("ss", "-Hltn").stdout

    def test_a_local_port_leads_to_a_service_behind_the_server(self):
        self.greeter(7001, b"greetings")
        self.start_client("ssh", "-N", "-L", "127.0.0.1:6001:127.0.0.1:7001", "myserver")
        until(lambda: self.listens(6001), 10, "the forwarded port")
        self.assertEqual(b"greetings", self.fetched(6001))

    def test_in_the_background_without_a_command(self):
        self.greeter(7002, b"from behind")
        control = self.door.folder.join("background")
        try:
            self.run_client("ssh", "-f", "-N", "-M", "-S", control, "-L", "127.0.0.1:6002:127.0.0.1:7002", "myserver")
            self.assertEqual(b"from behind", self.fetched(6002))
        finally:
            self.run_client("ssh", "-O", "exit", "-S", control, "myserver")
        self.no_proxy_left()

    def test_socks_carries_curl(self):
        body = b"HTTP/1.0 200 OK\r\n\r\nbehind the door"

        def page(connection):
            connection.recv(65536)
            connection.sendall(body)

        server = TcpServer(self.door.host, 7003, page)
        self.addCleanup(server.close)
        self.start_client("ssh", "-N", "-D", "127.0.0.1:6003", "myserver")
        until(lambda: self.listens(6003), 10, "the SOCKS port")
        done = self.door.client.run("curl", "-sS", "--max-time", "20", "--socks5-hostname", "127.0.0.1:6003",
                                    "http://127.0.0.1:7003/")
        self.assertEqual("behind the door", done.stdout)


class Surroundings(LoginCase):
    """Where ssh is started from."""

    def test_any_login_shell_starts_the_proxy(self):
        for shell in ("/usr/bin/fish", "/bin/tcsh", "/bin/dash", "/bin/bash"):
            with self.subTest(shell):
                done = self.run_client("ssh", "myserver", "echo through", environment=self.environment(SHELL=shell))
                self.assertEqual(("through\n", ""), (done.stdout, done.stderr))

    def test_without_a_terminal_or_streams(self):
        process = self.start_client("ssh", "-n", "-o", "BatchMode=yes", "myserver", "exit 5", stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertEqual(5, process.wait(60))

    def test_a_short_connect_timeout_of_ssh_ends_before_ours_and_leaves_nobody(self):
        configuration = self.configure("impatient", rc=self.closed_rc())
        done = self.run_client("ssh", "-o", "ConnectTimeout=1", "myserver", "true", configuration=configuration,
                               check=False)
        self.assertEqual(255, done.returncode)
        self.no_proxy_left()

    def test_our_own_deadline_is_shorter_than_a_long_one_of_ssh(self):
        configuration = self.configure("patient", rc=self.closed_rc(CONNECT_TIMEOUT=1))
        done = self.run_client("ssh", "-o", "ConnectTimeout=60", "myserver", "true", configuration=configuration,
                               check=False, timeout=30)
        self.assertEqual(255, done.returncode)
        self.assertIn("spa-proxy: ", done.stderr)
