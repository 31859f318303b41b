"""Runs a command whose processes read another date: CLOCK_REALTIME plus so many seconds as a file says, which may change at
any time. No clock is set, and nothing is loaded into the programs: the vDSO is hidden from them at exec, so that they ask
the kernel for the time, and what it answers is changed on the way back. The kernel's own firewall dates stay real.

    clockwork.py OFFSET_FILE NUMBER COMMAND ...    NUMBER is that of clock_gettime(2)"""

import ctypes
import os
import signal
import struct
import sys

from tracer import ENTRY, FORKS, GET_SYSCALL_INFO, SYSCALL, SYSGOOD, WALL, ptrace

TRACEME, SETOPTIONS, EXITKILL, EVENT_EXEC = 0, 0x4200, 1 << 20, 4
AT_NULL, AT_IGNORE, AT_SYSINFO_EHDR = 0, 1, 33
EXIT = 2
REALTIME = 0


def facts(pid):
    """What a stop at a system call is, with stack pointer, number and arguments."""
    room = ctypes.create_string_buffer(88)
    ptrace(GET_SYSCALL_INFO, pid, len(room), ctypes.addressof(room))
    stack, number, *arguments = struct.unpack_from("=8Q", room.raw, 16)
    return room.raw[0], stack, number, arguments


def hide_vdso(memory, stack):
    """Takes the address of the vDSO out of what the kernel has put above the arguments."""
    def word(place):
        memory.seek(place)
        return struct.unpack("=Q", memory.read(8))[0]

    place = stack + 8 * (word(stack) + 2)  # the count, the arguments, a null
    while word(place):
        place += 8  # the environment
    place += 8
    while (kind := word(place)) != AT_NULL:
        if kind == AT_SYSINFO_EHDR:
            memory.seek(place)
            memory.write(struct.pack("=Q", AT_IGNORE))
        place += 16


def shift(memory, place, seconds):
    memory.seek(place)
    now = struct.unpack("=q", memory.read(8))[0]
    memory.seek(place)
    memory.write(struct.pack("=q", now + seconds))


class Clockwork:
    def __init__(self, offsets, number):
        self.offsets, self.number, self.asked = offsets, number, {}

    def seconds(self):
        return int(os.pread(self.offsets, 32, 0) or b"0")

    def step(self, pid, status):
        """A process has stopped; gives the signal that it is to get, nil where it is a stop of ours."""
        number, event = os.WSTOPSIG(status), status >> 16
        if event == EVENT_EXEC:
            with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
                hide_vdso(memory, facts(pid)[1])
        if number == signal.SIGTRAP | 0x80:
            kind, _, call, arguments = facts(pid)
            if kind == ENTRY and call == self.number and arguments[0] & 0xFFFFFFFF == REALTIME:
                self.asked[pid] = arguments[1]
            elif kind == EXIT and (place := self.asked.pop(pid, None)):
                with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
                    shift(memory, place, self.seconds())
            return 0
        return 0 if event or number == signal.SIGSTOP else number

    def run(self, first):
        code = 0
        while True:
            try:
                pid, status = os.waitpid(-1, WALL)
            except ChildProcessError:
                return code
            if not os.WIFSTOPPED(status):
                code = os.waitstatus_to_exitcode(status) if pid == first else code
                continue
            try:
                ptrace(SYSCALL, pid, 0, self.step(pid, status))
            except (ProcessLookupError, FileNotFoundError):
                continue  # it was killed meanwhile


def main():
    offsets, number, command = os.open(sys.argv[1], os.O_RDONLY), int(sys.argv[2]), sys.argv[3:]
    child = os.fork()
    if child == 0:
        ptrace(TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.execvp(command[0], command)
    # A request to end is for the server.
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    os.waitpid(child, WALL)
    ptrace(SETOPTIONS, child, 0, SYSGOOD | FORKS | EXITKILL)
    ptrace(SYSCALL, child)
    code = Clockwork(offsets, number).run(child)
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
