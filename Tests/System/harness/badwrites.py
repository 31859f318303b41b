"""Runs the server with a disk that takes no writes: those into the replay store fail with the error number that a file
names, as on a file system that the kernel has made read-only under an open file. 0 is a disk as ever.

    badwrites.py ERROR_FILE PWRITE COMMAND ...    PWRITE is the number of pwrite64(2)"""

import os
import sys

from overseer import FIRST, RESULT, Overseer, put


class BadWrites(Overseer):
    def __init__(self, errors, pwrite):
        self.errors, self.pwrite = errors, pwrite
        self.failing = {}  # the descriptor that a process writes to, and its error

    def entered(self, pid, call, arguments):
        if call != self.pwrite or not self.is_worker(pid):
            return
        if code := int(os.pread(self.errors, 32, 0) or b"0"):
            # No file: nothing is written whatever happens.
            self.failing[pid] = arguments[0], code
            put(pid, FIRST, -1)

    @staticmethod
    def is_worker(pid):
        with open(f"/proc/{pid}/comm") as file:
            return file.read() == "spad-worker\n"

    def left(self, pid):
        if pid in self.failing:
            descriptor, code = self.failing.pop(pid)
            put(pid, FIRST, descriptor)
            put(pid, RESULT, -code)


if __name__ == "__main__":
    BadWrites(os.open(sys.argv[1], os.O_RDONLY), int(sys.argv[2])).run(sys.argv[3:])
