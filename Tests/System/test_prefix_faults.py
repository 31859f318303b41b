"""What becomes of an open prefix when something goes wrong; and what a worker that lies gets of it."""

import shutil
import signal
import socket
import time

from harness import boundary
from harness.boundary import Helper, request
from harness.door import FreshDoorCase
from harness.firewall import Firewall
from harness.keys import stanza
from harness.moody import MoodyTools, end
from harness.namespaces import Namespace
from harness.prefixes import NEIGHBOURS, PREFIX, PrefixDoor
from harness.processes import children
from harness.waiting import until, until_clock

OWN = "203.0.113.2"
SEVEN, NINE, TEN = NEIGHBOURS


def set_events(host, value):
    with host.entered(), open("/proc/sys/net/netfilter/nf_conntrack_events", "w") as file:
        file.write(value)


class OpenPrefixes(FreshDoorCase):
    weight = 5

    def door(self, opened=True, **options):
        door = PrefixDoor(**options)
        self.addCleanup(door.close)
        if opened:
            door.service(22)
            door.knock()
            door.wait_grant(PREFIX)
        return door

    def test_with_nobody_alive_the_kernel_ends_it_and_a_start_sweeps_it_up(self):
        door = self.door(lifetime=6)
        grant = door.grants()[0]
        door.server.kill_all()
        door.must_let_in(SEVEN)
        until_clock(grant.expires + 1)
        for source in (OWN, SEVEN, NINE):
            self.assertFalse(door.lets_in(source))
        self.assertEqual([grant], door.grants(), "the rule is still there")
        door.server.start()
        self.assertEqual([], door.grants())

    def test_it_does_not_go_on_after_a_restart_while_the_grant_of_one_address_does(self):
        door = self.door(FLUSH_IPT_AT_INIT="N", FLUSH_IPT_AT_EXIT="N")
        door.must_let_in(SEVEN)
        door.wait_narrowed(PREFIX, SEVEN)
        until_clock(time.time() + 1)
        door.knock()
        door.wait_grant(PREFIX)
        for end in (door.server.kill_all, door.server.stop):
            with self.subTest(end.__name__):
                end()
                door.server.start()
                self.assertEqual([(SEVEN, 22)], door.sources())
                self.assertFalse(door.lets_in(NINE))
                door.wait_said("1 grants of an earlier life go on")
        self.assertFalse(door.listens())

    def test_an_ordered_end_takes_it_away(self):
        door = self.door()
        door.server.stop()
        self.assertNotIn("FWKNOP", door.firewall.save())

    def test_the_kernel_ends_it_while_the_helper_stands_still_and_then_it_is_told_as_over(self):
        door = self.door(lifetime=5)
        grant = door.grants()[0]
        door.server.kill("spad-helper", signal.SIGSTOP)
        until_clock(grant.expires + 1)
        self.assertFalse(door.lets_in(SEVEN))
        door.server.kill("spad-helper", signal.SIGCONT)
        door.server.daemon.wait_log(f"Removed rule {PREFIX}->tcp/22 .* {grant.expires}", 5)
        door.wait_deaf()

    def test_a_connection_made_while_the_helper_stood_still_narrows_it_when_it_goes_on(self):
        door = self.door()
        door.server.kill("spad-helper", signal.SIGSTOP)
        door.must_let_in(SEVEN)
        door.must_let_in(NINE)  # nobody has narrowed it yet
        door.server.kill("spad-helper", signal.SIGCONT)
        door.wait_narrowed(PREFIX, SEVEN)
        self.assertEqual([(SEVEN, 22)], door.sources())

    def test_when_news_of_connections_were_lost_it_is_narrowed_to_the_address_of_the_knock(self):
        door = self.door()
        set_events(door.host, "1")
        # Old connections, whose ends are news as well; through a rule of the administrator's own.
        door.firewall.iptables("-I", "INPUT", "-s", TEN, "-p", "tcp", "--dport", "22", "-j", "ACCEPT")
        door.server.stop()
        with door.host.entered():
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.addCleanup(listener.close)
        listener.bind((door.address, 2222))
        door.firewall.iptables("-I", "INPUT", "-s", TEN, "-p", "tcp", "--dport", "2222", "-j", "ACCEPT")
        listener.listen(4096)
        old = [door.connection(TEN, 2222) for _ in range(900)]
        self.assertTrue(all(old))
        door.server.start()
        door.knock(access="tcp/2222")
        door.wait_grant(PREFIX, 2222)
        door.server.kill("spad-helper", signal.SIGSTOP)
        for tcp in old:
            tcp.shutdown(socket.SHUT_WR)
        until(door.has_missed, 5, "news that the helper will never hear")
        door.server.kill("spad-helper", signal.SIGCONT)
        door.server.daemon.wait_log("warning: No prefix stays open: the kernel's news of connections were lost", 10)
        line = rf"Narrowed rule {PREFIX}->tcp/2222 in FWKNOP_INPUT to {OWN}, which it was opened for"
        door.server.daemon.wait_log(line, 5)
        self.assertEqual([(OWN, 2222)], door.sources())
        for tcp in old:
            tcp.close()
        door.wait_deaf()

    def test_little_room_for_filters_in_the_kernel_narrows_nothing(self):
        ports = range(2001, 2013)
        door = self.door(opened=False, lines={"OPEN_PORTS": ",".join(f"tcp/{port}" for port in ports)})
        for port in ports:
            door.service(port)
        with door.host.entered(), open("/proc/sys/net/core/optmem_max", "w") as file:
            file.write("4096")
        # The filter of the first is replaced by that of all of them, which finds no room beside it.
        door.knock(access="tcp/2001")
        door.wait_grant(PREFIX, 2001)
        door.knock(access=",".join(f"tcp/{port}" for port in ports))
        for port in ports:
            door.wait_grant(PREFIX, port)
        self.assertNotIn("No prefix stays open", door.log())
        self.assertTrue(door.lets_in(SEVEN, 2005))
        door.wait_narrowed(PREFIX, SEVEN, "tcp/2005")

    def test_a_rule_that_somebody_flushed_comes_back_with_a_knock_and_is_narrowed_then(self):
        door = self.door()
        door.firewall.iptables("-F", "FWKNOP_INPUT")
        self.assertFalse(door.lets_in(SEVEN))
        door.knock()
        door.wait_grant(PREFIX)
        door.must_let_in(SEVEN)
        door.wait_narrowed(PREFIX, SEVEN)
        self.assertEqual([(SEVEN, 22)], door.sources())

    def test_where_the_narrow_rule_cannot_be_added_the_prefix_ends_without_it(self):
        tools = MoodyTools()
        self.addCleanup(tools.close)
        door = self.door(FIREWALL_EXE=tools.program)
        # Nothing is added and nothing deleted, until the prefix's rule is swept up later.
        tools.mood('case "$0" in *restore) echo no such luck >&2; exit 3;; esac')
        helper = door.server.pids["spad-helper"]
        end([pid for name, pid in children(helper).items() if name.startswith("iptables")])
        door.must_let_in(SEVEN)
        door.server.daemon.wait_log("error: firewall: adding a rule failed", 15)
        tools.calm()
        door.server.daemon.wait_log(f"Removed rule {PREFIX}->tcp/22", 40)
        self.assertEqual([], door.sources())


class KernelsThatDoNotTell(FreshDoorCase):
    def door(self, **options):
        door = PrefixDoor(start=False, **options)
        self.addCleanup(door.close)
        set_events(door.host, "0")
        return door

    def test_the_start_refuses_where_a_stanza_wants_prefixes(self):
        door = self.door()
        done = door.server.command("-f")
        self.assertEqual(1, done.returncode)
        self.assertIn("GRANT_PREFIX: the kernel does not tell who connects; set net.netfilter.nf_conntrack_events", done.stderr)
        set_events(door.host, "2")
        door.server.start()

    def test_without_the_option_nobody_asks(self):
        door = self.door(lines={"GRANT_PREFIX": None, "GRANT_PREFIX6": None})
        door.server.start()
        door.good_knock_opens()

    def test_a_reload_that_asks_for_prefixes_opens_single_addresses_and_says_so(self):
        door = self.door(lines={"GRANT_PREFIX": None, "GRANT_PREFIX6": None})
        door.server.start()
        door.server.configure(stanza(door.keys, GRANT_PREFIX="24"))
        self.assertEqual(0, door.server.reload().returncode)
        door.server.daemon.wait_log("warning: GRANT_PREFIX: the kernel does not tell who connects", 5)
        door.knock()
        door.wait_grant(OWN)
        self.assertEqual([(OWN, 22)], door.sources())

    def test_a_kernel_that_stops_telling_is_noticed_before_a_prefix_is_opened(self):
        door = self.door()
        door.service(22)
        set_events(door.host, "2")
        door.server.start()
        set_events(door.host, "0")
        door.knock()
        door.server.daemon.wait_log("warning: No prefix stays open: the kernel does not tell who connects", 5)
        door.wait_narrowed(PREFIX, OWN)
        self.assertEqual([(OWN, 22)], door.sources())
        set_events(door.host, "2")
        until_clock(time.time() + 1)
        door.knock()
        door.wait_grant(PREFIX)
        door.must_let_in(SEVEN)
        door.wait_narrowed(PREFIX, SEVEN)

    def test_a_reload_brings_prefixes_and_takes_them_away(self):
        door = self.door(lines={"GRANT_PREFIX": None, "GRANT_PREFIX6": None})
        set_events(door.host, "2")
        door.server.start()
        door.service(22)
        for lines, opened in (({"GRANT_PREFIX": "25"}, "203.0.113.0/25"), ({"GRANT_PREFIX": "26"}, "203.0.113.0/26"),
                              ({}, TEN)):
            door.server.configure(stanza(door.keys, **lines))
            self.assertEqual(0, door.server.reload().returncode)
            door.knock(allow=TEN)
            door.wait_grant(opened)
            if lines:
                door.must_let_in(SEVEN)
                door.wait_narrowed(opened, SEVEN)
        self.assertNotIn("does not tell", door.log())


class AWorkerThatLies(FreshDoorCase):
    """The helper alone: the width of a prefix is its own matter, and no request can name one."""

    def test_it_gets_the_prefixes_that_the_configuration_says_and_no_others(self):
        host = Namespace("server")
        self.addCleanup(host.close)
        host.ipv6(True, quiet=True)
        firewall, firewall6 = Firewall(host).default_drop(), Firewall(host, "ip6tables").default_drop()
        program = shutil.which("iptables")
        helper = Helper(host, program, [
            boundary.setup(program), boundary.begin(),
            boundary.stanza(1, widths=(24, 64), sources=("198.51.100.0/28", "203.0.113.0/24", "2001:db8::/48")),
            boundary.stanza(2), boundary.commit()])
        self.addCleanup(helper.close)
        helper.ready()
        for number, (more, answer, opened) in enumerate((
            (dict(source="203.0.113.9"), "granted", "203.0.113.0/24"),
            (dict(source="198.51.100.9"), "granted", "198.51.100.0/28"),
            (dict(source="198.51.100.17"), "granted", "198.51.100.17"),
            (dict(source="192.0.2.1"), "granted", "192.0.2.1"),
            (dict(source="203.0.113.0", stanza=2), "granted", "203.0.113.0"),
            (dict(source="127.0.0.1"), "granted", "127.0.0.1"),
            (dict(family=6, source=socket.inet_pton(socket.AF_INET6, "2001:db8::1:0:0:9")), "granted", "2001:db8::/64"),
            (dict(family=6, source=socket.inet_pton(socket.AF_INET6, "2001:db9::9")), "granted", "2001:db9::9"),
            (dict(source="203.0.113.9", port=23), "service not allowed", None),
            (dict(source="203.0.113.9", lifetime=61), "lifetime too long", None),
            (dict(source="203.0.113.9", stanza=3), "unknown stanza", None),
            (dict(source="224.0.0.1"), "address not allowed", None),
        ), 1):
            with self.subTest(**more):
                before = len(firewall.grants() + firewall6.grants())
                self.assertEqual(answer, helper.ask(request(number, **more)))
                after = [grant.source for grant in firewall.grants() + firewall6.grants()]
                self.assertEqual(before + (answer == "granted"), len(after))
                if opened:
                    self.assertIn(opened, after)
        # A prefix in the place of the address is no request.
        longer = request(99, source="203.0.113.0") + b"\x18"
        self.assertEqual("ended", helper.ask(longer))

    def test_settings_with_a_wider_prefix_end_the_helper(self):
        host = Namespace("server")
        self.addCleanup(host.close)
        program = shutil.which("iptables")
        for widths in ((23, 64), (24, 63), (0, 0), (33, 128)):
            with self.subTest(widths):
                helper = Helper(host, program, [boundary.setup(program), boundary.begin(), boundary.stanza(widths=widths)])
                self.addCleanup(helper.close)
                self.assertEqual(1, helper.process.wait(20))
        self.assertNotIn("FWKNOP", Firewall(host).save())
