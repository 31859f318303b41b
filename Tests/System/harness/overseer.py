"""Runs a command and stands between its processes and the kernel: what they ask and what they are answered may be changed.
For programs that are started under it, with a class of their own that says what is changed."""

import ctypes
import os
import platform
import signal
import struct
import sys

from tracer import ENTRY, FORKS, GET_SYSCALL_INFO, SYSCALL, SYSGOOD, WALL, ptrace

TRACEME, SETOPTIONS, EXITKILL, EVENT_EXEC = 0, 0x4200, 1 << 20, 4
GET_REGISTERS, SET_REGISTERS, GENERAL = 0x4204, 0x4205, 1  # PTRACE_GETREGSET, PTRACE_SETREGSET, NT_PRSTATUS
EXIT = 2
# Where a call's result and its first argument are among the registers.
RESULT, FIRST = {"x86_64": (10, 14), "aarch64": (0, 0)}[platform.machine()]


def facts(pid):
    """What a stop at a system call is, with stack pointer, number and arguments."""
    room = ctypes.create_string_buffer(88)
    ptrace(GET_SYSCALL_INFO, pid, len(room), ctypes.addressof(room))
    stack, number, *arguments = struct.unpack_from("=8Q", room.raw, 16)
    return room.raw[0], stack, number, arguments


def result(pid):
    """What the kernel answers, at the end of a call; negative for an error."""
    room = ctypes.create_string_buffer(88)
    ptrace(GET_SYSCALL_INFO, pid, len(room), ctypes.addressof(room))
    return struct.unpack_from("=q", room.raw, 24)[0]


def put(pid, place, value):
    """Changes a register of a stopped process."""
    registers = ctypes.create_string_buffer(512)
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(registers), len(registers))
    ptrace(GET_REGISTERS, pid, GENERAL, ctypes.addressof(vector))
    struct.pack_into("=q", registers, 8 * place, value)
    ptrace(SET_REGISTERS, pid, GENERAL, ctypes.addressof(vector))


class Overseer:
    """Nothing is changed, unless one of the first three says otherwise."""

    def executed(self, pid, stack):
        """A process has a new program."""

    def entered(self, pid, call, arguments):
        """It is on the way into a call."""

    def left(self, pid):
        """It is on the way out of one."""

    def step(self, pid, status):
        """A process has stopped; gives the signal that it is to get."""
        number, event = os.WSTOPSIG(status), status >> 16
        if event == EVENT_EXEC:
            self.executed(pid, facts(pid)[1])
        if number == signal.SIGTRAP | 0x80:
            kind, _, call, arguments = facts(pid)
            if kind == ENTRY:
                self.entered(pid, call, arguments)
            elif kind == EXIT:
                self.left(pid)
            return 0
        return 0 if event or number == signal.SIGSTOP else number

    def follow(self, first):
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

    def run(self, command):
        """Runs the command to its end, and ends as it did."""
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
        code = self.follow(child)
        sys.exit(code if code >= 0 else 128 - code)
