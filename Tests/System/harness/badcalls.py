"""Runs the server with a kernel that refuses one of its programs a call on one descriptor, with the error number that a file
names; 0 is a kernel as ever. How many were refused is written into the same file, at 32.

    badcalls.py FILE PROGRAM DESCRIPTOR CALL COMMAND ...    DESCRIPTOR is - for any, CALL the call's number"""

import os
import sys

from overseer import FIRST, RESULT, Overseer, put


class BadCalls(Overseer):
    def __init__(self, errors, program, descriptor, call):
        self.errors, self.program, self.descriptor, self.call = errors, program, descriptor, call
        self.refused = 0
        self.failing = {}  # the descriptor that a process uses, and its error

    def entered(self, pid, call, arguments):
        if call != self.call or self.descriptor not in ("-", str(arguments[0])) or not self.is_meant(pid):
            return
        if code := int(os.pread(self.errors, 32, 0) or b"0"):
            # No descriptor: nothing is done whatever happens.
            self.failing[pid] = arguments[0], code
            put(pid, FIRST, -1)

    def is_meant(self, pid):
        with open(f"/proc/{pid}/comm") as file:
            return file.read() == f"{self.program}\n"

    def left(self, pid):
        if pid in self.failing:
            descriptor, code = self.failing.pop(pid)
            put(pid, FIRST, descriptor)
            put(pid, RESULT, -code)
            self.refused += 1
            os.pwrite(self.errors, b"%-31d\n" % self.refused, 32)


if __name__ == "__main__":
    BadCalls(os.open(sys.argv[1], os.O_RDWR), sys.argv[2], sys.argv[3], int(sys.argv[4])).run(sys.argv[5:])
