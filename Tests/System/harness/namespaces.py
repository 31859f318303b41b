"""Network namespaces without names: the kernel takes them away with their last process, whatever became of us."""

import contextlib
import ctypes
import os
import signal
import subprocess

from . import cleanup
from .waiting import until

_libc = ctypes.CDLL(None, use_errno=True)
_NEWNET = 0x40000000


def _call(name, *arguments):
    if getattr(_libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


class Namespace:
    """One host. Sockets and processes made inside `with host.entered():` belong to it; `close` ends every process
    that lives in it."""

    def __init__(self, label):
        self.label = label
        with open("/proc/thread-self/ns/net", "rb") as home:
            _call("unshare", _NEWNET)
            try:
                self._descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            finally:
                _call("setns", home.fileno(), _NEWNET)
        self._inode = os.fstat(self._descriptor).st_ino
        self._prefix = ()
        self.close = cleanup.later(self._close)
        self.run("ip", "link", "set", "lo", "up")
        self.ipv6(False)

    @property
    def path(self):
        """A path that `ip link … netns PATH` takes."""
        return f"/proc/{os.getpid()}/fd/{self._descriptor}"

    @contextlib.contextmanager
    def entered(self):
        """The calling thread lives in this namespace meanwhile, and so do the processes and sockets that it makes."""
        with open("/proc/thread-self/ns/net", "rb") as home:
            _call("setns", self._descriptor, _NEWNET)
            try:
                yield self
            finally:
                _call("setns", home.fileno(), _NEWNET)

    def run(self, *command, check=True, **options):
        """Runs a command to its end; its output as text. A failure shows what the command said."""
        options.setdefault("timeout", 60)
        with self.entered():
            done = subprocess.run((*self._prefix, *command), capture_output=True, text=True, **options)
        if check and done.returncode != 0:
            raise RuntimeError(f"{self.label}: {' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def popen(self, command, **options):
        """Starts a process in this namespace, in a process group of its own."""
        options.setdefault("start_new_session", True)
        options.setdefault("stdin", subprocess.DEVNULL)
        with self.entered():
            return subprocess.Popen((*self._prefix, *command), **options)

    def private_run(self):
        """From now on the processes of this host have an empty /run of their own: what the machine shares there, such
        as the lock of legacy iptables, is this host's alone."""
        script = "mount -t tmpfs -o mode=0755 tmpfs /run && echo there && exec sleep infinity"
        holder = self.popen(["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
                            stdout=subprocess.PIPE, text=True)
        with holder.stdout:
            if holder.stdout.readline() != "there\n":
                raise RuntimeError(f"{self.label}: no /run of its own")
        self._prefix = ("nsenter", f"--mount=/proc/{holder.pid}/ns/mnt", "--")
        return self

    def ipv6(self, on, quiet=False):
        """Off from the start: neighbour and router discovery would be packets that nobody asked for. `quiet`: interfaces
        that come later take no address by themselves and look for nobody."""
        with self.entered():
            if quiet:
                for name, value in (("accept_dad", "0"), ("accept_ra", "0"), ("router_solicitations", "0"),
                                    ("addr_gen_mode", "1")):
                    with open(f"/proc/sys/net/ipv6/conf/default/{name}", "w") as file:
                        file.write(value)
            for scope in ("all", "default"):
                with open(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6", "w") as file:
                    file.write("0" if on else "1")

    def forward(self):
        """Makes a router of this host."""
        with self.entered(), open("/proc/sys/net/ipv4/ip_forward", "w") as file:
            file.write("1")

    def processes(self):
        """`{pid: name}` of the processes that live here."""
        found = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            try:
                if os.stat(f"/proc/{entry}/ns/net").st_ino == self._inode:
                    with open(f"/proc/{entry}/comm") as file:
                        found[int(entry)] = file.read().strip()
            except OSError:
                continue  # it has just ended
        return found

    def _close(self):
        def all_gone():
            living = self.processes()
            for pid in living:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            return not living

        try:
            until(all_gone, 10, lambda: f"the end of {self.processes()} in {self.label}")
        finally:
            os.close(self._descriptor)


def wire(left, left_name, right, right_name):
    """A cable between two hosts; both ends are up and have no address yet."""
    left.run("ip", "link", "add", left_name, "type", "veth", "peer", "name", right_name, "netns", right.path)
    for host, name in ((left, left_name), (right, right_name)):
        host.run("ip", "link", "set", name, "up")


def acquaint(left, left_name, right, right_name):
    """Each end knows the other's link address for good, so that no ARP runs between them."""
    for host, name, peer, peer_name in ((left, left_name, right, right_name), (right, right_name, left, left_name)):
        for address in peer.run("ip", "-4", "-o", "addr", "show", "dev", peer_name).stdout.splitlines():
            plain = address.split()[3].split("/")[0]
            link = link_address(peer, peer_name)
            host.run("ip", "neigh", "replace", plain, "lladdr", link, "dev", name, "nud", "permanent")


def acquaint6(left, left_address, right, right_address, name):
    """The same for one IPv6 address at each end."""
    for host, peer, address in ((left, right, right_address), (right, left, left_address)):
        host.run("ip", "-6", "neigh", "replace", address, "lladdr", link_address(peer, name), "dev", name, "nud",
                 "permanent")


def link_address(host, name):
    """The link address of an interface, as six hexadecimal pairs."""
    words = host.run("ip", "-o", "link", "show", "dev", name).stdout.split()
    return words[words.index("link/ether") + 1]
