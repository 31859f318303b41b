"""Runs a command whose processes read another date: CLOCK_REALTIME plus so many seconds as a file says, which may change at
any time. No clock is set, and nothing is loaded into the programs: the vDSO is hidden from them at exec, so that they ask
the kernel for the time, and what it answers is changed on the way back. Who has asked to be told when the date is set
(TFD_TIMER_CANCEL_ON_SET) is told when he looks the next time. The kernel's own firewall dates stay real.

    clockwork.py OFFSET_FILE GETTIME READ COMMAND ...    the numbers of clock_gettime(2) and read(2)"""

import contextlib
import errno
import os
import struct
import sys

from overseer import RESULT, Overseer, put, result

AT_NULL, AT_IGNORE, AT_SYSINFO_EHDR = 0, 1, 33
REALTIME = 0


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


class Clockwork(Overseer):
    def __init__(self, offsets, gettime, read):
        self.offsets, self.gettime, self.read = offsets, gettime, read
        self.asked = {}  # where the date goes that a process has asked for
        self.known = {}  # the offset that it knows of
        self.looking = {}  # it looks whether the date was set, which it was: to this

    def seconds(self):
        return int(os.pread(self.offsets, 32, 0) or b"0")

    def executed(self, pid, stack):
        self.known[pid] = self.seconds()
        with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
            hide_vdso(memory, stack)

    def entered(self, pid, call, arguments):
        if call == self.gettime and arguments[0] & 0xFFFFFFFF == REALTIME:
            self.asked[pid] = arguments[1]
        elif call == self.read and (now := self.seconds()) != self.known.get(pid, now):
            with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/fdinfo/{arguments[0] & 0xFFFFFFFF}") as file:
                # A timer of the date's clock that nothing but a change will ever end.
                if f"clockid: {REALTIME}\n" in file.read():
                    self.looking[pid] = now

    def left(self, pid):
        if place := self.asked.pop(pid, None):
            with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
                shift(memory, place, self.seconds())
        now = self.looking.pop(pid, None)
        if now is not None and result(pid) == -errno.EAGAIN:
            self.known[pid] = now
            put(pid, RESULT, -errno.ECANCELED)


if __name__ == "__main__":
    Clockwork(os.open(sys.argv[1], os.O_RDONLY), int(sys.argv[2]), int(sys.argv[3])).run(sys.argv[4:])
