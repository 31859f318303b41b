"""A program: what a service may not do behind the walls of our unit, tried. Writes a line for each act: `name OK` or the name
of an error number. Each act is harmless where nothing forbids it."""

import ctypes
import errno
import mmap
import os
import platform
import resource
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {  # system calls that have no function
    "x86_64": {"adjtimex": 159, "delete_module": 176, "add_key": 248, "io_uring_setup": 425, "bpf": 321, "swapoff": 168,
               "perf_event_open": 298, "reboot": 169, "userfaultfd": 323},
    "aarch64": {"adjtimex": 171, "delete_module": 106, "add_key": 217, "io_uring_setup": 425, "bpf": 280,
                "swapoff": 225, "perf_event_open": 241, "reboot": 142, "userfaultfd": 282},
}[platform.machine()]


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def call(name, *arguments):
    check(libc.syscall(NUMBERS[name], *arguments))


def write(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def mapping(protection):
    libc.mmap.restype = ctypes.c_void_p
    if libc.mmap(None, ctypes.c_size_t(4096), protection, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1,
                 ctypes.c_long(0)) == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "")


def family(number, kind=socket.SOCK_DGRAM, protocol=0):
    socket.socket(number, kind, protocol).close()


def datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(b"", ("203.0.113.2", 9))


def mount_point():
    os.makedirs("/run/sallyport/mounted", exist_ok=True)
    check(libc.mount(b"tmpfs", b"/run/sallyport/mounted", b"tmpfs", 0, b"size=4k"))


def own_file(change):
    path = "/run/sallyport/probe"
    write(path)
    change(path)


def in_child(function, *arguments):
    """What cannot be taken back, such as a namespace that was entered."""
    child = os.fork()
    if child == 0:
        os._exit(0 if function(*arguments) == 0 else ctypes.get_errno())
    failed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if failed:
        raise OSError(failed, "")


def expect(condition):
    if not condition:
        raise OSError(errno.EPERM, "")


def see_as_another(path):
    """As a user who is not root, which is what our processes are."""
    os.setgroups([])
    os.setresgid(61103, 61103, 61103)
    os.setresuid(61103, 61103, 61103)
    return 0 if libc.access(path, 0) == 0 else -1


def name_host():
    name = socket.gethostname().encode()
    check(libc.sethostname(name, len(name)))


ACTS = {
    "write_etc": lambda: write("/etc/sallyport/probe"),
    "write_usr": lambda: write("/usr/local/sbin/probe"),
    "write_var": lambda: write("/var/lib/probe"),
    "write_run_of_others": lambda: write("/run/probe"),
    "write_state": lambda: write("/var/lib/sallyport/probe"),
    "write_run": lambda: write("/run/sallyport/probe"),
    "see_home": lambda: os.stat("/home/marker"),
    "see_root_home": lambda: os.stat("/root/marker"),
    "see_tmp": lambda: os.stat("/tmp/marker"),
    "see_device": lambda: os.stat("/dev/marker"),
    "see_first_process": lambda: in_child(see_as_another, b"/proc/1/status"),
    "see_machine": lambda: os.stat("/proc/meminfo"),
    "make_group": lambda: os.mkdir("/sys/fs/cgroup/probe"),
    "make_device": lambda: os.mknod("/run/sallyport/disk", 0o60600, os.makedev(254, 0)),
    "read_key_of_another": lambda: os.close(os.open("/etc/sallyport/others", os.O_RDONLY)),
    "give_file_away": lambda: own_file(lambda path: os.chown(path, 1, 1)),
    "make_setuid": lambda: own_file(lambda path: os.chmod(path, 0o4700)),
    "signal_another": lambda: os.kill(1, 0),
    "trace": lambda: in_child(libc.ptrace, 0, 0, 0, 0),
    "set_clock": lambda: call("adjtimex", ctypes.create_string_buffer(512)),
    "name_host": name_host,
    "read_kernel_log": lambda: check(libc.klogctl(10, None, 0)),
    "add_key": lambda: call("add_key", b"user", b"probe", b"x", ctypes.c_size_t(1), -1),
    "ring": lambda: call("io_uring_setup", 1, ctypes.create_string_buffer(120)),
    "load_program": lambda: call("bpf", 0, ctypes.create_string_buffer(
        b"\x02\0\0\0\x04\0\0\0\x04\0\0\0\x01\0\0\0".ljust(128, b"\0")), 128),
    "handle_faults": lambda: call("userfaultfd", 0),
    "raise_priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, -1),
    "real_time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "personality": lambda: check(libc.personality(0x0008)),
    "writable_code": lambda: mapping(mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "socket_inet": lambda: family(socket.AF_INET),
    "socket_inet6": lambda: family(socket.AF_INET6),
    "socket_raw": lambda: family(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
    "socket_packet": lambda: family(socket.AF_PACKET, socket.SOCK_RAW),
    "socket_netlink": lambda: family(socket.AF_NETLINK, socket.SOCK_RAW),
    "socket_unix": lambda: family(socket.AF_UNIX),
    "send_datagram": datagram,
    "own_users": lambda: in_child(libc.unshare, 0x10000000),
    "own_processes": lambda: in_child(libc.unshare, 0x20000000),
    "own_groups": lambda: in_child(libc.unshare, 0x02000000),
    "own_network": lambda: in_child(libc.unshare, 0x40000000),
    "own_mounts": lambda: in_child(libc.unshare, 0x00020000),
    "mount": mount_point,
    "core_file": lambda: expect(resource.getrlimit(resource.RLIMIT_CORE)[1] != 0),
    "new_privileges": lambda: expect(libc.prctl(39, 0, 0, 0, 0) == 0),
    "files_for_all": lambda: expect(os.umask(0o077) & 0o077 == 0o022),
}


def main():
    for name, act in ACTS.items():
        try:
            act()
            answer = "OK"
        except OSError as problem:
            answer = errno.errorcode.get(problem.errno, str(problem.errno))
        print(name, answer, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
