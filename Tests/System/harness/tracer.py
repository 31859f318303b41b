"""Stops at every system call of one process, as strace does, and can kill it on the way into
one of them.

A program of its own, because a process under its parent's eyes would be reaped by whoever waits first. It is told by lines
on its standard input and answers by lines:

    attach PID CALL N      in: follow PID; kill it when it enters call number CALL for the Nth time; with 0 follow only
    children PID WORD CALL N   in: as above, for the next child of PID whose command line has WORD, from its first socket on
    detach                 in: let go of everything
    ready                  out: the process sits in the call that it waits in; what comes is counted
    call NUMBER FD [OFFSET HEX]   out: the process has entered a call; with the bytes that pwrite64(2) is about to write
    killed                 out: on the way into the call that was named last
    ended                  out: the process is gone, not by us
    detached               out: after detach
"""

import ctypes
import os
import select
import signal
import struct
import sys

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

CONT, DETACH, SYSCALL = 7, 17, 24
SEIZE, INTERRUPT, GET_SYSCALL_INFO = 0x4206, 0x4207, 0x420E
SYSGOOD, FORKS = 1, 2 | 4 | 8 | 16  # PTRACE_O_TRACESYSGOOD; fork, vfork, clone, exec
EVENT_STOP = 128
ENTRY = 1
WALL = 0x40000000


def ptrace(request, pid, address=0, data=0):
    result = _libc.ptrace(request, pid, address, data)
    if result < 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    return result


def entered(pid):
    """`(number, arguments)` of the call that a stopped process enters; nil at any other stop."""
    room = ctypes.create_string_buffer(88)
    ptrace(GET_SYSCALL_INFO, pid, len(room), ctypes.addressof(room))
    if room.raw[0] != ENTRY:
        return None
    number, *arguments = struct.unpack_from("=7Q", room.raw, 24)
    return number, arguments


def memory(pid, address, count):
    with open(f"/proc/{pid}/mem", "rb") as file:
        file.seek(address)
        return file.read(count)


def say(*words):
    print(*words, flush=True)


class Tracer:
    def __init__(self, writes, sockets):
        self.writes, self.sockets = writes, sockets  # numbers of pwrite64(2) and socket(2)
        self.reset()

    def reset(self):
        self.known, self.victim, self.word, self.point, self.count = set(), None, None, (0, 0), None
        self.leaving = False

    def attach(self, pid, point):
        self.reset()
        self.victim, self.point = pid, point
        ptrace(SEIZE, pid, 0, SYSGOOD)
        self.known.add(pid)
        ptrace(INTERRUPT, pid)

    def children(self, parent, word, point):
        self.reset()
        self.word, self.point = word, point
        ptrace(SEIZE, parent, 0, SYSGOOD | FORKS)
        self.known.add(parent)
        say("ready")

    def detach(self):
        """Whoever is under our eyes is let go at its next stop, and so are children that come meanwhile: a parent in
        vfork(2) stops only after its child was let on."""
        self.victim, self.word, self.leaving = None, None, True
        for pid in self.known:
            try:
                ptrace(INTERRUPT, pid)
            except ProcessLookupError:
                pass
        while self.known:
            pid, status = os.waitpid(-1, WALL)
            self.stopped(pid, status)
        say("detached")

    def stopped(self, pid, status):
        """One change of state of a process."""
        if not os.WIFSTOPPED(status):
            self.known.discard(pid)
            if pid == self.victim:
                say("ended")
            return
        if self.leaving:
            self.known.discard(pid)
            try:
                ptrace(DETACH, pid)
            except ProcessLookupError:
                pass
            return
        self.known.add(pid)
        number, event = os.WSTOPSIG(status), status >> 16
        if number == signal.SIGTRAP | 0x80:
            if not self.call(pid):
                return
            number = 0
        elif event:
            number = 0
        try:
            ptrace(SYSCALL if self.follows(pid) else CONT, pid, 0, number)
        except ProcessLookupError:
            pass

    def follows(self, pid):
        """Whether the calls of this process count."""
        if self.victim is None and self.word:
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    line = file.read().replace(b"\0", b" ").decode()
            except OSError:
                line = ""
            if self.word in line and "spad-helper" not in line:
                self.victim = pid
        return pid == self.victim

    def call(self, pid):
        """A stop at the edge of a call; false when that was the end of the process."""
        try:
            found = entered(pid)
        except ProcessLookupError:
            return False
        if found is None or pid != self.victim:
            return True
        number, arguments = found
        if self.count is None:
            if self.word is None:
                # The call in which it waits, entered anew after our interruption.
                self.count = 0
                say("ready")
                return True
            if number != self.sockets:
                return True
            self.count = 0
        self.count += number == self.point[0]
        data = [arguments[3], memory(pid, arguments[1], arguments[2]).hex()] if number == self.writes else []
        say("call", number, ctypes.c_int(arguments[0] & 0xFFFFFFFF).value, *data)
        if number != self.point[0] or self.count != self.point[1]:
            return True
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, WALL)
        self.known.discard(pid)
        self.victim, self.word = None, None
        say("killed")
        return False

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | WALL)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.stopped(pid, status)


def main():
    read, write = os.pipe()
    os.set_blocking(write, False)
    os.set_blocking(read, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    tracer = Tracer(int(sys.argv[1]), int(sys.argv[2]))
    waiting = b""
    while True:
        ready, _, _ = select.select([0, read], [], [])
        if read in ready:
            try:
                while os.read(read, 4096):
                    pass
            except BlockingIOError:
                pass
        tracer.reap()
        if 0 not in ready:
            continue
        more = os.read(0, 4096)
        if not more:
            return
        *lines, waiting = (waiting + more).split(b"\n")
        for line in lines:
            name, *words = line.decode().split()
            try:
                if name == "attach":
                    tracer.attach(int(words[0]), (int(words[1]), int(words[2])))
                elif name == "children":
                    tracer.children(int(words[0]), words[1], (int(words[2]), int(words[3])))
                else:
                    tracer.detach()
            except OSError as problem:
                say("ended", problem)


if __name__ == "__main__":
    main()
