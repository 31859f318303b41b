"""A local port that leads to a hidden service: spa-proxy under inetd or xinetd, and under systemd."""

import os
import re
import socket
import subprocess
import unittest

from harness import needs
from harness.clients import environment, proxy_command
from harness.cleanup import Folder
from harness.door import Door, DoorCase
from harness.keys import Keys
from harness.localports import SocketActivation, SocketUnit, Superserver, SystemLog
from harness.waiting import until

BLOCK = os.urandom(1 << 20)


def everything(connection):
    return b"".join(iter(lambda: connection.recv(1 << 18), b""))


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


class Rules:
    """What a local port must do, whoever listens; `way` does."""

    way = None

    @classmethod
    def make_door(cls):
        return Door(lifetime=60)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.log = cls.door.own(SystemLog())
        cls.server = cls.door.service(22, lambda connection: cls.behaviour(connection))
        cls.rc = cls.door.rc()
        cls.port = cls.local_port(6432, cls.rc)

    @classmethod
    def local_port(cls, port, rc, *options):
        return cls.door.own(cls.way(cls.door.client, cls.door.folder,
                                    proxy_command(rc, cls.door.address, 22, *options), cls.log, port))

    def start(self, behaviour):
        type(self).behaviour = staticmethod(behaviour)
        connection = self.port.connect()
        self.addCleanup(connection.close)
        return connection

    def no_proxy_left(self):
        until(lambda: "spa-proxy" not in self.door.client.processes().values(), 5, "the end of spa-proxy")

    def test_bytes_go_through_and_one_connection_is_made(self):
        before = len(self.server.accepted)
        connection = self.start(echo)
        for number in range(200):
            connection.sendall(bytes([number]))
            self.assertEqual(bytes([number]), connection.recv(1))
        connection.close()
        self.no_proxy_left()
        self.assertEqual(1, len(self.server.accepted) - before)

    def test_a_client_that_closes_its_half_still_gets_the_answer(self):
        connection = self.start(lambda server: server.sendall(everything(server)))
        connection.sendall(BLOCK)
        connection.shutdown(socket.SHUT_WR)
        self.assertEqual(BLOCK, everything(connection))
        self.no_proxy_left()

    def test_a_server_that_ends_first_ends_the_connection(self):
        connection = self.start(lambda server: server.sendall(BLOCK))
        self.assertEqual(BLOCK, everything(connection))
        connection.close()
        self.no_proxy_left()

    def test_a_client_may_go_on_after_the_servers_end(self):
        heard = []

        def say_and_listen(server):
            server.sendall(b"last words")
            server.shutdown(socket.SHUT_WR)
            heard.append(everything(server))

        connection = self.start(say_and_listen)
        self.assertEqual(b"last words", everything(connection))
        connection.sendall(BLOCK)
        connection.close()
        until(lambda: heard, 10, "the client's bytes")
        self.assertEqual([BLOCK], heard)
        self.no_proxy_left()

    def test_a_client_that_resets_ends_the_servers_connection(self):
        ended = []
        connection = self.start(lambda server: (server.sendall(b"!"), everything(server), ended.append(True)))
        self.assertEqual(b"!", connection.recv(1))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        until(lambda: ended, 10, "the end at the server")
        self.no_proxy_left()

    def test_many_at_once(self):
        connections = [self.start(echo) for _ in range(10)]
        for number, connection in enumerate(connections):
            connection.sendall(b"%d" % number)
        for number, connection in enumerate(connections):
            self.assertEqual(b"%d" % number, connection.recv(10))
        for connection in connections:
            connection.close()
        self.no_proxy_left()

    def test_a_failure_is_an_end_without_a_byte_and_a_line_where_the_administrator_looks(self):
        port = self.local_port(6433, self.door.folder.join("nowhere"), "-v")
        with port.connect() as connection:
            self.assertEqual(b"", everything(connection))
        found = []
        until(lambda: found.extend(self.log.lines()) or any("nowhere" in line for line in found + [port.daemon.log()]), 5,
              lambda: f"the failure in {found} or {port.daemon.log()}")
        self.no_proxy_left()


class UnderSystemdAsStandardInput(Rules, DoorCase):
    way = SocketUnit


class UnderSystemdAsDescriptorThree(Rules, DoorCase):
    way = SocketActivation


class UnderASuperserver(Rules, DoorCase):
    way = Superserver

    def test_the_system_log_has_the_failure(self):
        port = self.local_port(6434, self.door.folder.join("elsewhere"))
        port.connect().close()
        found = []
        line = rf"spa-proxy: {self.door.address}: .*elsewhere.*\n"
        until(lambda: found.extend(self.log.lines()) or any(re.fullmatch(line, each) for each in found), 5,
              lambda: f"the failure in the system log: {found}")


class TheStreamsOfInetd(DoorCase):
    """Without a superserver: one socket as standard input, output and error."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.log = cls.door.own(SystemLog())

    def start(self, *command, stdin, **options):
        process = self.door.client.popen(command, stdin=stdin, env=environment(self.door.folder), **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def said_to_peer(self, *arguments, log=None):
        """What a peer gets from `spa-proxy ARGUMENTS` on its socket, and the exit status."""
        ours, theirs = socket.socketpair()
        command = [needs.program("spa-proxy"), *arguments]
        with ours:
            with theirs:
                process = self.start(*(log or self.log).command(*command), stdin=theirs, stdout=theirs, stderr=theirs)
            return everything(ours), process.wait(60)

    def test_no_failure_reaches_the_peer(self):
        rc = self.door.rc(keys=Keys.new(), CONNECT_TIMEOUT=1)
        for name, arguments in (("usage", ["--nothing"]), ("no port", ["host"]),
                                ("no rc file", ["--rc-file", "/nowhere", "host", "1"]),
                                ("nothing opens", ["-vv", "--rc-file", rc, "--", self.door.address, "22"])):
            with self.subTest(name):
                self.log.lines()
                said, status = self.said_to_peer(*arguments)
                self.assertEqual(b"", said)
                self.assertNotEqual(0, status)
                self.assertRegex("".join(self.log.lines()), "^spa-proxy: ")

    def test_without_a_system_log_failures_go_nowhere(self):
        silent = SystemLog()
        self.addCleanup(silent.close)
        silent.take_away()
        self.assertEqual((b"", 64), self.said_to_peer("--nothing", log=silent))

    def test_a_listening_socket_is_refused_in_words(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            process = self.start(*proxy_command(self.door.rc(), self.door.address, 22), stdin=listener,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            out, errors = process.communicate(timeout=60)
        self.assertEqual((b"", 64), (out, process.returncode))
        self.assertIn(b"Accept=yes", errors)

    def test_descriptors_for_another_process_are_left_alone(self):
        reader, writer = os.pipe()
        script = 'exec env LISTEN_FDS=1 LISTEN_PID=1 "$@"'
        with os.fdopen(reader, "rb"), os.fdopen(writer, "wb"):
            process = self.start("sh", "-c", script, "sh", needs.program("spa-proxy"), "--version",
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            out, errors = process.communicate(timeout=60)
        self.assertEqual((0, b""), (process.returncode, errors))
        self.assertRegex(out, b"^spa-proxy ")

    def test_more_than_one_descriptor_is_refused(self):
        script = 'exec env LISTEN_FDS=2 LISTEN_PID=$$ "$@" 3</dev/null 4</dev/null'
        process = self.start("sh", "-c", script, "sh", needs.program("spa-proxy"), "host", "1",
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, errors = process.communicate(timeout=60)
        self.assertEqual((b"", 64), (out, process.returncode))
        self.assertIn(b"Accept=yes", errors)


class TheUnits(unittest.TestCase):
    """contrib/systemd as systemd reads it."""

    def test_systemd_finds_no_fault(self):
        folder = Folder("units")
        self.addCleanup(folder.close)
        for name in ("spa-proxy.socket", "spa-proxy@.service"):
            with open(os.path.join(needs.REPOSITORY, "contrib", "systemd", name), encoding="utf-8") as file:
                text = file.read()
            self.assertTrue("spa-proxy -- db.example.org 5432" in text or name.endswith(".socket"))
            folder.write(name, re.sub(r"/usr/local/bin/spa-proxy", needs.program("spa-proxy"), text), 0o644)
        done = subprocess.run(["systemd-analyze", "verify", folder.join("spa-proxy.socket"),
                               folder.join("spa-proxy@.service")], capture_output=True, text=True, timeout=60, check=False)
        mine = [line for line in (done.stdout + done.stderr).splitlines() if "spa-proxy" in line]
        self.assertEqual((0, []), (done.returncode, mine))
