"""--fdpass: ssh gets the connection itself, and nobody stands in between."""

import fcntl
import os
import socket
import subprocess

from harness.clients import environment, proxy_command
from harness.door import Door, DoorCase
from harness.keys import Keys
from harness.logins import LoginCase
from harness.waiting import until


class LoginsWithTheConnectionHandedOver(LoginCase):
    weight = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.configuration = cls.configure("handover", "ProxyUseFdpass yes", options=["--fdpass"])

    def test_ssh_runs_a_command_and_passes_its_output_and_status(self):
        done = self.run_client("ssh", "myserver", "echo through; exit 7", check=False)
        self.assertEqual(("through\n", "", 7), (done.stdout, done.stderr, done.returncode))

    def test_both_ends_see_each_other(self):
        done = self.run_client("ssh", "-v", "myserver", "echo $SSH_CONNECTION")
        theirs = done.stdout.split()
        self.assertEqual([self.door.client_address, self.door.address, "22"], [theirs[0], *theirs[2:]])
        self.assertIn(f"([{self.door.address}]:22)", done.stderr)
        self.assertNotIn("via proxy", done.stderr)

    def test_no_process_of_ours_stands_beside_the_session(self):
        session = self.start_client("ssh", "myserver", "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        session.stdin.write(b"hello\n")
        session.stdin.flush()
        self.assertEqual(b"hello\n", session.stdout.readline())
        self.assertEqual(["ssh"], [name for name in self.door.client.processes().values() if name != "sshd"])
        session.stdin.close()
        self.assertEqual(0, session.wait(60))

    def test_a_megabyte_goes_both_ways(self):
        data = os.urandom(1 << 20)
        session = self.start_client("ssh", "myserver", "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(data, session.communicate(data, 120)[0])

    def test_ssh_ends_with_our_word_when_nothing_opens(self):
        configuration = self.configure("shut", "ProxyUseFdpass yes", options=["--fdpass"],
                                       rc=self.closed_rc(CONNECT_TIMEOUT=1))
        done = self.run_client("ssh", "myserver", "true", configuration=configuration, check=False)
        self.assertEqual((255, ""), (done.returncode, done.stdout))
        self.assertRegex(done.stderr, r"spa-proxy: 203\.0\.113\.1: knock sent .* did not open within 1 s")
        self.assertIn("did not pass back a connection", done.stderr)
        self.no_proxy_left()


class TheHandover(DoorCase):
    """Without ssh: what exactly goes over the socket."""

    @classmethod
    def make_door(cls):
        return Door(lifetime=2)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.door.service(22, cls.echo)

    def setUp(self):
        self.door.wait_no_grant()

    @staticmethod
    def echo(connection):
        while data := connection.recv(65536):
            connection.sendall(data)

    def start(self, stdout, rc=None, **options):
        process = self.door.client.popen(
            proxy_command(rc or self.door.rc(ALLOW_IP=self.door.client_address), self.door.address, 22, "--fdpass"),
            stdin=stdout, stdout=stdout, stderr=subprocess.PIPE, env=environment(self.door.folder), **options)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def pair(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        return ours, theirs

    def test_one_byte_brings_one_tuned_blocking_connection(self):
        before = len(self.server.accepted)
        ours, theirs = self.pair()
        process = self.start(theirs)
        theirs.close()
        data, descriptors, flags, _ = socket.recv_fds(ours, 100, 8)
        self.assertEqual((1, 1, 0), (len(data), len(descriptors), flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC)))
        with socket.socket(fileno=descriptors[0]) as connection:
            self.assertEqual((self.door.address, 22), connection.getpeername())
            self.assertEqual(0, fcntl.fcntl(connection, fcntl.F_GETFL) & os.O_NONBLOCK)
            self.assertEqual(1, connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            self.assertEqual(1, connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
            self.assertEqual(0, process.wait(60))
            self.assertEqual(b"", ours.recv(100), "more than one byte was sent, or somebody still has the socket")
            connection.sendall(b"hello")
            self.assertEqual(b"hello", connection.recv(100))
        self.assertEqual(b"", process.stderr.read())
        self.assertEqual(1, len(self.server.accepted) - before)

    def test_another_output_is_refused_before_anything_is_sent(self):
        reader, writer = os.pipe()
        with socket.create_server(("127.0.0.1", 0)) as server, \
                socket.create_connection(server.getsockname()) as tcp, open(os.devnull, "wb") as null, \
                socket.socket(socket.AF_UNIX) as lonely, os.fdopen(reader, "rb"), os.fdopen(writer, "wb") as pipe, \
                self.door.sniffer() as sniffer:
            for name, output in (("pipe", pipe), ("TCP", tcp), ("file", null), ("socket without a peer", lonely)):
                with self.subTest(name):
                    process = self.start(output)
                    self.assertEqual(64, process.wait(60))
                    self.assertIn(b"ProxyUseFdpass", process.stderr.read())
            self.assertEqual([], sniffer.udp_payloads())

    def test_nothing_is_sent_when_nothing_opens(self):
        ours, theirs = self.pair()
        process = self.start(theirs, rc=self.door.rc(keys=Keys.new(), CONNECT_TIMEOUT=1))
        theirs.close()
        self.assertEqual(b"", ours.recv(100))
        self.assertEqual(70, process.wait(60))
        self.assertEqual(1, len(process.stderr.read().splitlines()))

    def test_a_caller_that_is_gone_is_a_failure_and_leaves_nobody(self):
        ours, theirs = self.pair()
        process = self.start(theirs, rc=self.door.rc(keys=Keys.new(), CONNECT_TIMEOUT=20))
        theirs.close()
        with self.door.sniffer() as sniffer:
            until(lambda: sniffer.udp_payloads(), 5, "a knock")
        ours.close()
        self.door.knock()
        self.assertEqual(1, process.wait(60))
        self.assertRegex(process.stderr.read(), rb"could not be handed over: Broken pipe")
