"""How spa-proxy behaves towards whoever started it: what it leaves alone, and when it ends."""

import array
import fcntl
import os
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

from harness.clients import Proxy, environment, proxy_command
from harness.proxied import ProxiedCase
from harness.traffic import Sniffer
from harness.waiting import until

BLOCK = os.urandom(1 << 20)


def drain(connection):
    while connection.recv(1 << 18):
        pass


def ticks(pid):
    """The processor time of a process, in hundredths of a second."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def is_bare_acknowledgement(frame):
    """Whether this is TCP over IPv4 without data, SYN, FIN or RST."""
    if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
        return False
    header = (frame[14] & 15) * 4
    total, = struct.unpack_from("!H", frame, 16)
    tcp = 14 + header
    return total == header + (frame[tcp + 12] >> 4) * 4 and frame[tcp + 13] & 0x17 == 0x10


def nothing_is_under_way(connection):
    """Whether the other side's system has acknowledged all that was sent."""
    return fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)) == bytes(4)


def late_acknowledgements(host):
    """How often the system of a host has acknowledged something because its time was up."""
    names, numbers = (line.split() for line in host.run("cat", "/proc/net/netstat").stdout.splitlines()
                      if line.startswith("TcpExt:"))
    return int(numbers[names.index("DelayedACKs")])


class Etiquette(ProxiedCase):
    weight = 4

    def test_every_signal_that_ends_programs_ends_it_and_the_connection(self):
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                ended = threading.Event()
                proxy = self.start(lambda connection, ended=ended: (connection.sendall(b"!"), drain(connection),
                                                                    ended.set()))
                self.assertEqual(b"!", proxy.stdout.read(1))
                proxy.process.send_signal(number)
                self.assertEqual(128 + number, proxy.wait(5))
                self.assertTrue(ended.wait(30), "the server saw no end")

    def test_an_output_that_nobody_reads_ends_it(self):
        begin = threading.Event()

        def pour(connection):
            connection.sendall(b"!")
            begin.wait(60)
            connection.sendall(b"more")
            drain(connection)

        proxy = self.start(pour)
        self.assertEqual(b"!", proxy.stdout.read(1))
        proxy.stdout.close()
        begin.set()
        proxy.wait(5)

    def test_words_of_the_verbose_kind_go_to_standard_error_only(self):
        proxy = self.start(lambda connection: connection.sendall(b"exactly this"), "-v", "-v")
        proxy.stdin.close()
        self.assertEqual(b"exactly this", proxy.stdout.read())
        self.assertEqual(0, proxy.wait(5))
        self.assertIn("connected", proxy.errors())

    def test_once_connected_it_lets_go_of_standard_error(self):
        self.behave(lambda connection: (connection.sendall(b"!"), drain(connection)))
        process = self.door.client.popen(proxy_command(self.rc, self.door.address, 22), stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         env=environment(self.door.folder))
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        with process.stdin, process.stdout, process.stderr:
            self.assertEqual(b"!", process.stdout.read(1))
            self.assertEqual(b"", process.stderr.read())
            self.assertIsNone(process.poll())

    def test_input_is_left_where_it_is_until_the_connection_stands(self):
        rc = self.door.folder.write("deaf.rc", open(self.rc).read() + "SPA_SERVER_PORT 9\nCONNECT_TIMEOUT 20\n")
        proxy = Proxy(self.door.client, self.door.folder, rc, self.door.address, 2222)
        self.addCleanup(proxy.close)
        proxy.stdin.write(b"early bytes")
        with self.door.sniffer() as sniffer:
            until(lambda: sniffer.udp_payloads(9), 5, "a knock")
        waiting = array.array("i", [0])
        fcntl.ioctl(proxy.stdin, termios.FIONREAD, waiting)
        self.assertEqual(len(b"early bytes"), waiting[0])

    def test_pipes_are_given_back_as_they_were(self):
        self.behave(lambda connection: (connection.sendall(b"!"), drain(connection)))
        (read_in, write_in), (read_out, write_out) = os.pipe(), os.pipe()
        ends = [read_in, write_in, read_out, write_out]
        self.addCleanup(lambda: [os.close(end) for end in ends])
        process = self.door.client.popen(proxy_command(self.rc, self.door.address, 22), stdin=read_in, stdout=write_out,
                                         env=environment(self.door.folder))
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(b"!", os.read(read_out, 1))
        until(lambda: not os.get_blocking(read_in), 5, "pipes in use")
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        self.assertEqual([True] * 4, [os.get_blocking(end) for end in ends])

    def test_it_sleeps_while_the_reader_pauses_after_the_servers_end(self):
        # More than the pipe and our buffer hold, and little enough for the rest to reach the socket with the end.
        data = BLOCK[:224 << 10]

        def pour(connection):
            drain(connection)
            connection.sendall(data)

        proxy = self.start(pour)
        proxy.stdin.close()
        first = proxy.stdout.read(1)
        until(lambda: self.connections() == "", 5, lambda: f"the end of {self.connections()}")
        before = ticks(proxy.process.pid)
        self.assertRaises(subprocess.TimeoutExpired, proxy.process.wait, 1)
        self.assertLess(ticks(proxy.process.pid) - before, 20)
        self.assertEqual(data, first + proxy.stdout.read())
        self.assertEqual(0, proxy.wait(5))

    def connections(self):
        """What the server's host still sees of the connection."""
        port = self.server.accepted[-1][1]
        return self.door.host.run("ss", "-Htn", "state", "connected", "exclude", "time-wait", f"dport = :{port}").stdout

    def test_it_ends_when_a_server_that_has_ended_breaks_off(self):
        # Two seconds after the last word it would end anyway, so never sooner where it sees nothing; where it does, each
        # time but on a machine that stands still.
        self.assertTrue(any(self.seconds_from_break_to_end() < 1.9 for _ in range(5)))

    def seconds_from_break_to_end(self):
        broken = threading.Event()

        def end_and_break(connection):
            connection.sendall(b"!")
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            broken.set()

        proxy = self.start(end_and_break)
        self.assertEqual(b"!", proxy.stdout.read())
        begun = time.monotonic()
        proxy.stdin.write(b"x")
        self.assertTrue(broken.wait(30))
        proxy.wait(5)
        return time.monotonic() - begun

    def test_a_slow_answer_to_a_closed_half_is_waited_for_and_a_lost_server_is_not(self):
        asked, answer = threading.Event(), threading.Event()

        def later(connection):
            drain(connection)
            asked.set()
            answer.wait(300)
            connection.sendall(b"late")

        slow, lost = self.start(later), None
        slow.stdin.close()
        self.assertTrue(asked.wait(30))
        lost = self.start(lambda connection: (connection.sendall(b"!"), drain(connection), answer.wait(300)))
        self.assertEqual(b"!", lost.stdout.read(1))
        port = self.server.accepted[-1][1]
        # The server's machine is gone for this connection only.
        for chain, where in (("INPUT", "--sport"), ("OUTPUT", "--dport")):
            self.door.host.run("iptables", "-w", "-I", chain, "-p", "tcp", where, str(port), "-j", "DROP")
        lost.stdin.close()
        self.assertEqual(1, lost.wait(60))
        self.assertIsNone(slow.process.poll())
        answer.set()
        self.assertEqual(b"late", slow.stdout.read())
        self.assertEqual(0, slow.wait(5))

    def test_every_part_from_the_server_is_acknowledged_at_once(self):
        rounds = 100

        def answer_in_two_parts(connection):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while connection.recv(1):
                connection.sendall(b"1")
                # A part of its own on the wire.
                until(lambda: nothing_is_under_way(connection), 5, "an acknowledgement", step=0.0005)
                connection.sendall(b"2")

        proxy = self.start(answer_in_two_parts)
        before = late_acknowledgements(self.door.client)
        with Sniffer(self.door.host, self.door.world.INTERFACE) as sniffer:
            for _ in range(rounds):
                proxy.stdin.write(b"?")
                self.assertEqual(b"12", proxy.stdout.read(1) + proxy.stdout.read(1))
            self.assertGreater(sum(map(is_bare_acknowledgement, sniffer.heard())), rounds * 3 // 2)
        # Without being asked, the system of one who also sends waits for 40 ms, or for something to send along: so it would
        # in every round.
        self.assertLess(late_acknowledgements(self.door.client) - before, rounds // 2)
