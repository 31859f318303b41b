"""The filters of system calls against what strace sees from the moment on at which a filter is in force, through all that
a server does: a list allows what is called, and what was not seen has a reason below."""

import glob
import os
import platform
import re
import signal

from harness.door import FreshDoorCase
from harness.keys import Keys
from harness.namespaces import acquaint, wire
from harness.prefixes import NEIGHBOURS, PREFIX, PrefixDoor
from harness.processes import children, status
from harness.servers import SUPERVISOR_UID, WrappedSpad
from harness.tracing import ROLES, allowed
from harness.waiting import until

# On the lists, and not seen here. A name that is seen, or no longer listed, has to leave this table; `sometimes` may be seen.
ALIVE = {
    "brk": "sometimes: the allocator",
    "mmap": "sometimes: the allocator",
    "munmap": "sometimes: the allocator",
    "mprotect": "sometimes: the allocator, where brk(2) has no room",
    "mremap": "sometimes: the allocator, for what grows much",
    "madvise": "sometimes: the allocator, giving back",
    "futex": "sometimes: what is initialised once, when first used",
    "getrandom": "sometimes: the seed of hash tables, when first used",
    "clock_gettime": "where the kernel gives no clock without a call (some virtual machines)",
    "restart_syscall": "sometimes: the kernel's own, after a stop and SIGCONT",
    "rt_sigreturn": "the way back from a signal handler: we have none, the runtime may",
}
UNSEEN = {
    "worker": ALIVE,
    "supervisor": {**ALIVE, "fstat": "newfstatat(2) in other versions of the C library"},
    "helper": {
        **ALIVE,
        "clock_nanosleep": "tools that wait for the lock of the legacy flavour",
        "flock": "the same",
        "select": "pselect6(2) in other versions of the C library",
        "fstat": "newfstatat(2) in other versions of the C library",
        "faccessat": "access(2) on machines that have only this one",
        "readlink": "the loader, for libraries beside a program",
        "readlinkat": "the same on machines that have only this one",
        "writev": "the loader's last words",
        "statfs": "tools of the legacy flavour",
        "uname": "sometimes: the loader of older C libraries",
        "dup3": "posix_spawn on machines that have no dup2: aarch64",
        **dict.fromkeys(("getpid", "gettid", "getppid", "getgid", "getegid", "getcwd", "vfork"), "a shell, where a tool is a script"),
    },
}
# Called, though not on the list: the caller takes another way.
REFUSED = {"worker": set(), "supervisor": set(), "helper": {"clone3"}}

PROGRAMS = {"supervisor": "spad", "worker": "spad-worker", "helper": "spad-helper"}


class TracedSpad(WrappedSpad):
    """The server under strace from its first call on; one file per process."""

    def wrapper(self):
        folder = self.folder.join("calls")
        os.makedirs(folder, exist_ok=True)
        return ["strace", "-ff", "-qq", "-s", "16", "-e", "signal=none", "-o", os.path.join(folder, "trace")]

    def calls(self):
        """`{role: names}` of all calls under a filter; the tools' count as the helper's."""
        roles = {self.pids[program]: role for role, program in PROGRAMS.items()}
        seen = {role: set() for role in ROLES}
        for path in glob.glob(self.folder.join("calls", "trace.*")):
            with open(path, errors="replace") as file:
                names = re.findall(r"^(\w+)\(", file.read(), re.MULTILINE)
            pid = int(path.rsplit(".", 1)[1])
            if "execveat" in names:
                continue  # spad-filter, which ends before there is a filter of calls
            if pid in roles:
                names = names[len(names) - names[::-1].index("seccomp"):]
            seen[roles.get(pid, "helper")].update(names)
        return seen


class SystemCalls(FreshDoorCase):
    weight = 5

    @classmethod
    def setUpClass(cls):
        cls.seen = {role: set() for role in ROLES}

    def look(self, door):
        for role, names in door.server.calls().items():
            self.seen[role] |= names

    def a_life(self):
        """Start, knocks of all kinds, ends, reloads, signals, faults around it, stop."""
        door = self.open_door(server=TracedSpad, lifetime=2)
        server, log = door.server, door.server.daemon
        packet = door.packet()
        door.send([packet, packet, os.urandom(200)])
        door.knock(keys=Keys.new())
        door.knock(access="tcp/23")
        door.wait_granted()
        door.knock()
        log.wait_log("Removed rule", 10)
        self.assertEqual(0, server.reload().returncode)
        server.configure(access="nonsense\n")
        self.assertNotEqual(0, server.reload().returncode)
        for pid in server.pids.values():
            for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGSTOP, signal.SIGCONT):
                os.kill(pid, number)
        door.good_knock_opens()
        door.firewall.iptables("-F", "FWKNOP_INPUT")
        door.good_knock_opens()
        os.kill(children(server.pids["spad-helper"])["iptables-restor"], signal.SIGKILL)
        door.good_knock_opens()
        self.lose_the_interface(door)
        door.good_knock_opens()
        self.reload_by_signal(door)
        server.stop()
        self.look(door)

    def a_prefix(self):
        """A reload that asks for prefixes, a prefix that is opened, a connection, and the narrowing."""
        door = PrefixDoor(server=TracedSpad)
        self.addCleanup(door.close)
        door.service(22)
        self.assertEqual(0, door.server.reload().returncode)
        door.knock()
        door.wait_grant(PREFIX)
        door.must_let_in(NEIGHBOURS[0])
        door.wait_narrowed(PREFIX, NEIGHBOURS[0])
        door.server.stop()
        self.look(door)

    def lose_the_interface(self, door):
        name = door.world.INTERFACE
        door.host.run("ip", "link", "del", name)
        door.server.daemon.wait_log(f"waiting for interface {name}", 10)
        wire(door.client, name, door.host, name)
        door.client.run("ip", "addr", "add", f"{door.client_address}/24", "dev", name)
        door.host.run("ip", "addr", "add", f"{door.address}/24", "dev", name)
        acquaint(door.client, name, door.host, name)
        door.server.daemon.wait_log(f"Capturing at interface {name}", 10)

    def reload_by_signal(self, door):
        """Where the supervisor's own user can read the files."""
        for path in (door.server.configuration, door.server.access):
            os.chown(path, SUPERVISOR_UID, SUPERVISOR_UID)
        times = door.server.daemon.count("Re-reading configs")
        os.kill(door.server.pids["spad"], signal.SIGHUP)
        door.server.daemon.wait_log("Re-reading configs", 5, times + 1)

    def a_damaged_store(self):
        door = self.open_door(server=TracedSpad, start=False)
        folder = os.path.join(door.server.state_folder, "replay")
        os.makedirs(folder)
        for name in ("first", "second"):
            with open(os.path.join(folder, name), "wb"):
                pass
        door.server.start("may have gaps")
        until(lambda: all(status(pid)["Seccomp"] == "2" for pid in door.server.pids.values()), 5, "three filters")
        door.server.stop()
        self.look(door)

    def test_each_list_has_what_is_called_and_a_reason_for_what_is_not(self):
        self.a_life()
        self.a_damaged_store()
        self.a_prefix()
        for role in ROLES:
            if platform.machine() == "x86_64":
                self.assertNotIn(-1, allowed(role).values(), "a name that the shims do not know is not allowed at all")
            listed, seen, reasons = set(allowed(role)), self.seen[role], UNSEEN[role]
            with self.subTest(role):
                self.assertGreater(len(seen), 9)
                self.assertEqual(REFUSED[role], seen - listed, "called and not on the list")
                self.assertEqual(set(), listed - seen - set(reasons), "on the list, not seen, and without a reason")
                self.assertEqual(set(), set(reasons) - listed, "a reason for what is not on the list")
                needless = {name for name in seen & set(reasons) if not reasons[name].startswith("sometimes")}
                self.assertEqual(set(), needless, "a reason for what is seen anyway")
