"""The byte stream through spa-proxy: every byte, both ways, and an end when there is one."""

import fcntl
import hashlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from harness.clients import environment, proxy_command
from harness.proxied import ProxiedCase
from harness.waiting import PATIENCE, until

GIB = 1 << 30
BLOCK = os.urandom(1 << 20)


def read_all(connection):
    """Everything up to the end of the stream: how many bytes, and their SHA-256."""
    count, digest, buffer = 0, hashlib.sha256(), bytearray(1 << 18)
    view = memoryview(buffer)
    while size := connection.recv_into(buffer):
        count += size
        digest.update(view[:size])
    return count, digest.hexdigest()


def expected(count):
    digest = hashlib.sha256()
    for _ in range(count // len(BLOCK)):
        digest.update(BLOCK)
    return count, digest.hexdigest()


class PipeReader:
    """Makes a pipe look like a socket to `read_all`."""

    def __init__(self, pipe):
        self.recv_into = pipe.readinto


class Stream(ProxiedCase):
    weight = 8

    def start(self, behaviour):
        self.before = len(self.server.accepted)
        self.proxy = super().start(behaviour)
        return self.proxy

    def ended_well(self, status=0, timeout=30):
        """The proxy has ended with this status and no word, and the server saw exactly one connection."""
        self.assertEqual(status, self.proxy.wait(timeout), self.proxy.errors())
        self.assertEqual("", self.proxy.errors())
        self.nobody_left()
        self.assertEqual(1, len(self.server.accepted) - self.before, "connections that the server accepted")

    def test_a_client_that_closes_its_half_still_gets_the_answer(self):
        def answer(connection):
            count, digest = read_all(connection)
            connection.sendall(f"{count} {digest}".encode())

        proxy = self.start(answer)
        for _ in range(8):
            proxy.stdin.write(BLOCK)
        proxy.stdin.close()
        self.assertEqual("{} {}".format(*expected(8 << 20)).encode(), proxy.stdout.read())
        self.ended_well()

    def test_a_server_that_closes_its_half_still_gets_what_the_client_says(self):
        heard, done = [], threading.Event()

        def say_and_listen(connection):
            connection.sendall(b"last words")
            connection.shutdown(socket.SHUT_WR)
            heard.append(read_all(connection))
            done.set()

        proxy = self.start(say_and_listen)
        self.assertEqual(b"last words", b"".join(iter(lambda: proxy.stdout.read(4096), b"")))
        for _ in range(8):
            proxy.stdin.write(BLOCK)
        proxy.stdin.close()
        self.assertTrue(done.wait(40), "the server saw no end")
        self.assertEqual([expected(8 << 20)], heard)
        self.ended_well()

    def test_single_bytes_go_back_and_forth(self):
        def echo(connection):
            while data := connection.recv(65536):
                connection.sendall(data)

        proxy = self.start(echo)
        for number in range(2000):
            byte = bytes([number & 255])
            proxy.stdin.write(byte)
            self.assertEqual(byte, proxy.stdout.read(1))
        proxy.stdin.close()
        self.assertEqual(b"", proxy.stdout.read())
        self.ended_well()

    def test_the_pipe_to_ssh_has_room_for_a_whole_buffer(self):
        proxy = self.start(lambda connection: connection.sendall(b"hello") or connection.recv(1))
        self.assertEqual(b"hello", proxy.stdout.read(5))
        self.assertEqual(128 << 10, fcntl.fcntl(proxy.stdout, fcntl.F_GETPIPE_SZ))
        proxy.stdin.close()
        self.ended_well()

    def test_a_pipe_that_has_more_room_keeps_it(self):
        self.behave(lambda connection: connection.sendall(b"hello"))
        reading, writing = os.pipe()
        with open(reading, "rb", buffering=0) as output:
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 1 << 20)
            process = self.door.client.popen(proxy_command(self.rc, self.door.address, 22), stdout=writing,
                                             env=environment(self.door.folder))
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            os.close(writing)
            self.assertEqual(b"hello", output.read(5))
            self.assertEqual(1 << 20, fcntl.fcntl(output, fcntl.F_GETPIPE_SZ))

    def test_one_gibibyte_in_each_direction_at_once_arrives_whole_within_a_minute(self):
        at_server = []

        def both_ways(connection):
            reader = threading.Thread(target=lambda: at_server.append(read_all(connection)))
            reader.start()
            for _ in range(GIB // len(BLOCK)):
                connection.sendall(BLOCK)
            connection.shutdown(socket.SHUT_WR)
            reader.join()

        begun = time.monotonic()
        proxy = self.start(both_ways)

        def push():
            for _ in range(GIB // len(BLOCK)):
                view = memoryview(BLOCK)
                while view:
                    view = view[proxy.stdin.write(view):]
            proxy.stdin.close()

        writer = threading.Thread(target=push)
        writer.start()
        at_client = read_all(PipeReader(proxy.stdout))
        writer.join()
        until(lambda: at_server, 10, "the server's end of the stream")
        took = time.monotonic() - begun
        want = expected(GIB)
        self.assertEqual((want, want), (at_client, at_server[0]))
        self.ended_well()
        # Twice that where somebody else keeps the machine busy.
        self.assertLess(took, 30 * PATIENCE)

    def test_a_server_that_closes_first_ends_the_stream(self):
        proxy = self.start(lambda connection: connection.sendall(b"bye"))
        self.assertEqual(b"bye", b"".join(iter(lambda: proxy.stdout.read(4096), b"")))
        proxy.stdin.close()
        self.ended_well()

    def test_a_server_that_resets_the_connection_ends_the_proxy_by_itself(self):
        def reset(connection):
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        proxy = self.start(reset)
        proxy.stdin.write(b"x")
        self.assertEqual(b"", proxy.stdout.read())
        proxy.wait(30)
        self.nobody_left()

    def test_a_reader_that_pauses_loses_nothing(self):
        def pour(connection):
            for _ in range(32):
                connection.sendall(BLOCK)

        proxy = self.start(pour)
        first = proxy.stdout.read(1)
        time.sleep(0.5)  # the pipe and both socket buffers are full now
        digest, count = hashlib.sha256(first), 1
        while data := proxy.stdout.read(1 << 18):
            digest.update(data)
            count += len(data)
        proxy.stdin.close()
        self.assertEqual(expected(32 << 20), (count, digest.hexdigest()))
        self.ended_well()

    def parent_that_dies(self, number):
        gone = threading.Event()

        def until_end(connection):
            connection.sendall(b"hello")
            read_all(connection)
            gone.set()

        self.behave(until_end)
        script = ("import subprocess, sys, time\n"
                  "p = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
                  "print(p.stdout.read(5), flush=True)\n"
                  "time.sleep(600)\n")
        parent = self.door.client.popen(
            [sys.executable, "-c", script, *proxy_command(self.rc, self.door.address, 22)],
            stdout=subprocess.PIPE, env=environment(self.door.folder))
        self.addCleanup(parent.stdout.close)
        self.assertIn(b"hello", parent.stdout.readline())
        os.kill(parent.pid, number)
        parent.wait()
        self.assertTrue(gone.wait(30), "the server saw no end")
        self.nobody_left()

    def test_a_client_that_is_killed_leaves_no_proxy_behind(self):
        self.parent_that_dies(signal.SIGKILL)

    def test_a_client_that_is_terminated_leaves_no_proxy_behind(self):
        self.parent_that_dies(signal.SIGTERM)

    def test_hang_up_ends_the_proxy(self):
        proxy = self.start(lambda connection: (connection.sendall(b"!"), read_all(connection)))
        self.assertEqual(b"!", proxy.stdout.read(1))
        os.kill(proxy.process.pid, signal.SIGHUP)
        proxy.wait(30)
        self.nobody_left()
