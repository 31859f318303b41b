"""What a start refuses, and what it warns about."""

import fcntl
import os
import signal
import socket

from harness.door import FreshDoorCase
from harness.keys import Keys, stanza
from harness.waiting import until


class StartUp(FreshDoorCase):
    def started_log(self, prepare=None):
        door = self.open_door(start=False)
        if prepare:
            prepare(door)
        door.server.start()
        return door.log()

    def test_a_firewall_as_in_the_tutorial_gives_no_warning(self):
        self.assertNotRegex(self.started_log(), "(?i)warn|ESTABLISHED|REJECT")

    def test_a_missing_rule_for_established_flows_is_warned_about(self):
        def without(door):
            door.firewall.iptables("-F", "INPUT")
            door.firewall.iptables("-A", "INPUT", "-i", "lo", "-j", "ACCEPT")

        self.assertIn("ESTABLISHED", self.started_log(without))

    def test_a_firewall_that_rejects_the_knock_port_is_warned_about(self):
        def rejecting(door):
            door.firewall.iptables("-A", "INPUT", "-p", "udp", "-j", "REJECT")

        self.assertIn("REJECT", self.started_log(rejecting))

    def test_a_jump_behind_the_rule_that_drops_is_moved_to_its_place(self):
        def behind(door):
            door.firewall.iptables("-N", "FWKNOP_INPUT")
            door.firewall.iptables("-A", "INPUT", "-p", "tcp", "-j", "DROP")
            door.firewall.iptables("-A", "INPUT", "-j", "FWKNOP_INPUT")

        log = self.started_log(behind)
        self.assertIn("stood behind a rule that drops tcp/22: moved to place 1", log)
        self.assertNotIn("no knock can open", log)

    def test_a_place_of_the_jump_behind_the_rule_that_drops_is_warned_about(self):
        door = self.open_door(start=False, IPT_INPUT_ACCESS="ACCEPT, filter, INPUT, 4, FWKNOP_INPUT, 1")
        door.firewall.iptables("-A", "INPUT", "-p", "tcp", "-j", "DROP")
        door.server.start()
        door.wait_said("no knock can open tcp/22")
        self.assertEqual("-A INPUT -j FWKNOP_INPUT", door.firewall.rules("INPUT")[4])

    def test_an_open_ipv6_side_is_warned_about_whether_doors_are_opened_there_or_not(self):
        for setting in ("Y", "N"):
            with self.subTest(setting):
                door = self.open_door(start=False, ENABLE_IPV6=setting)
                door.host.ipv6(True)
                with door.host.entered(), open("/proc/sys/net/ipv6/conf/veth0/disable_ipv6", "w") as file:
                    file.write("0")
                door.host.run("ip", "-6", "addr", "add", "2001:db8::1/64", "dev", "veth0", "nodad")
                door.server.start()
                # Nobody's readiness waits for IPv6.
                door.server.daemon.wait_log("tcp/22 is open to everybody over IPv6.*ip6tables -P INPUT DROP", 5)

    def test_the_service_manager_is_told_of_readiness_and_of_the_end(self):
        for name in ("path", "abstract"):
            with self.subTest(name):
                door = self.open_door(start=False)
                path = door.folder.join("notify") if name == "path" else f"@sallyport-test-{os.getpid()}"
                # An abstract name lives in a network namespace: the server's.
                with door.host.entered(), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                    manager.bind(path.replace("@", "\0"))
                    manager.settimeout(30)
                    door.server.environment = {**os.environ, "NOTIFY_SOCKET": path}
                    door.server.start()
                    said = manager.recv(4096).decode()
                    self.assertIn("READY=1", said)
                    if "STATUS=Waiting" in said:
                        said = manager.recv(4096).decode()
                    self.assertIn("STATUS=Judging packets at veth0", said)
                    door.server.stop()
                    self.assertIn("STOPPING=1", manager.recv(4096).decode())

    def test_a_second_instance_refuses_to_start_and_the_first_goes_on(self):
        door = self.open_door()
        done = door.server.command("-f")
        self.assertEqual(1, done.returncode, done.stdout + done.stderr)
        self.assertRegex(done.stdout + done.stderr, "(?i)already|another|in use")
        self.assertEqual(3, len(door.server.living()))
        door.good_knock_opens()

    FILTERS = [  # a filter that cannot be, and what is said beside its place
        ("udp prot 62201", "syntax error.*for example: udp port 62201"),
        ("udp port 99999", "port number"), ("udp port", "syntax error"), ("((udp)", "syntax error"),
        ("ether host 02:00:00:00:00:01", "leave out `ether`"), ("vlan 5 and udp port 62201", "leave out `vlan`.*PCAP_INTF"),
        ("icmp", "rejects all packets"),
    ]

    def test_a_filter_that_cannot_be_is_refused_with_its_place_before_anything_is_touched(self):
        door = self.open_door(start=False)
        before = door.firewall.rules()
        for filter_, words in self.FILTERS:
            door.server.configure(PCAP_FILTER=filter_)
            for mode in ("-f", "--exit-parse-config"):
                with self.subTest(f"{filter_} {mode}"):
                    done = door.server.command(mode)
                    self.assertEqual(1, done.returncode, done.stdout + done.stderr)
                    self.assertRegex(done.stderr, rf"{door.server.configuration}:2: PCAP_FILTER: .*{words}")
        self.assertEqual(before, door.firewall.rules())
        self.assertEqual({}, door.host.processes())

    def test_filters_of_many_kinds_are_served(self):
        many = " or ".join(f"udp src port {number}" for number in range(1, 45))
        for filter_ in ("udp", "ip", "len < 2000", "dst host 203.0.113.1 and udp port 62201 and inbound",
                        "udp dst portrange 62000-63000 and not src net 10.0.0.0/8", f"{many} or udp port 62201"):
            with self.subTest(filter_):
                door = self.open_door(PCAP_FILTER=filter_)
                door.good_knock_opens()
                door.close()

    def test_a_firewall_program_that_is_missing_is_named(self):
        door = self.open_door(start=False, FIREWALL_EXE="/nonexistent/iptables")
        done = door.server.command("-f")
        self.assertEqual(1, done.returncode, done.stdout + done.stderr)
        self.assertIn("/nonexistent/iptables", done.stdout + done.stderr)

    def test_an_access_file_that_others_can_read_is_refused(self):
        door = self.open_door(start=False)
        door.folder.write("access.conf", stanza(Keys.new()), 0o644)
        done = door.server.command("-f")
        self.assertEqual(1, done.returncode, done.stdout + done.stderr)
        self.assertIn("access.conf", done.stdout + done.stderr)

    def test_a_main_file_that_cannot_be_trusted_is_refused_in_plain_words(self):
        door = self.open_door(start=False)
        path = door.server.configuration
        cases = (
            (lambda: os.chmod(path, 0o622), "chmod 600"), (lambda: os.chmod(path, 0o644), None),
            (lambda: os.chown(path, 1, 1), "belongs to user id 1"), (lambda: os.unlink(path), "No such file"),
            (lambda: os.mkdir(path), "not a regular file"),
        )
        for change, words in cases:
            with self.subTest(words):
                change()
                done = door.server.command("--exit-parse-config")
                if words is None:
                    self.assertEqual(0, done.returncode, done.stderr)
                    continue
                self.assertEqual(1, done.returncode)
                self.assertRegex(done.stderr, f"^{path}: .*{words}")
                self.assertEqual(1, done.stderr.count(f"{path}:"), done.stderr)

    def test_no_message_contains_a_key(self):
        door = self.open_door()
        done = door.server.command("--dump-config")
        self.assertEqual(0, done.returncode, done.stderr)
        for key in (door.keys.encryption, door.keys.hmac):
            self.assertNotIn(key, done.stdout + done.stderr + door.log())

    def test_version_and_help_are_answered(self):
        door = self.open_door(start=False)
        for option in ("--version", "--help"):
            done = door.server.command(option)
            self.assertEqual(0, done.returncode)
            self.assertIn("spad", done.stdout)

    def test_user_signals_end_nothing(self):
        door = self.open_door()
        for pid in door.server.pids.values():
            for number in (signal.SIGUSR1, signal.SIGUSR2):
                os.kill(pid, number)
        door.good_knock_opens()
        self.assertEqual(3, len(door.server.living()))


class LogThatNobodyReads(FreshDoorCase):
    def test_the_server_goes_on_granting_and_ends_on_sigterm(self):
        door = self.open_door(start=False)
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
        spad = door.host.popen(door.server.arguments("-f"), stderr=write)
        os.close(write)
        with os.fdopen(os.dup(read)) as log:
            until(lambda: "ready" in log.readline(), 10, "the server")
        packets = [door.packet(allow=f"192.0.2.{number}") for number in range(1, 61)]
        door.send(packets, pause=0.002)
        until(lambda: len(door.grants()) == 60, 5, lambda: f"60 grants; there are {len(door.grants())}")
        door.good_knock_opens()
        spad.terminate()
        self.assertEqual(0, spad.wait(40))
        self.assertEqual([], door.grants())
